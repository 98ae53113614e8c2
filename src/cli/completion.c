/* Finds the words of each command in its own help, so that completion never drifts from it. */
#include "cli/completion.h"

#include "cli/command.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

/* --- the words that choose what a command does: "add | set SLUG | list" ---------------------- */

/* "add|set" are two. */
static void print_choices(struct slice words, FILE *out)
{
	struct slice word;

	while (slice_cut(&words, '|', &word))
		fprintf(out, " %.*s", SLICE_ARG(word));
}

static struct slice first_word(const char *text)
{
	return (struct slice){ text, strcspn(text, " ") };
}

static void print_subcommands(const char *arguments, FILE *out)
{
	static const char between[] = " | ";
	const char *at = arguments;

	while (at != NULL) {
		struct slice word = first_word(at);
		size_t plain = strspn(at, "abcdefghijklmnopqrstuvwxyz|.-");

		if (word.length > 0 && at[0] != '-' && plain >= word.length)
			print_choices(word, out);
		at = strstr(at, between);
		at = at == NULL ? NULL : at + sizeof(between) - 1;
	}
}

/* --- its options: every "--word" of its help, but for examples of other commands ------------- */

static bool begins_option(const char *text, const char *at)
{
	return at[0] == '-' && at[1] == '-' && strchr(letters, at[2]) != NULL && at[2] != '\0' &&
	       (at == text || strchr(" [|\n", at[-1]) != NULL);
}

static void print_options(const char *text, FILE *out)
{
	bool quoted = false;

	if (text == NULL)
		return;
	for (const char *at = text; *at != '\0'; at++) {
		quoted ^= *at == '`';
		if (!quoted && begins_option(text, at))
			fprintf(out, " --%.*s",
				(int)strspn(at + 2, "abcdefghijklmnopqrstuvwxyz0123456789-"),
				at + 2);
	}
}

static void print_command(const struct command *c, FILE *out)
{
	fprintf(out, "\t%s)\n\t\t[ \"$COMP_CWORD\" != 2 ] || words=\"", c->name);
	print_subcommands(c->arguments, out);
	fputs("\"\n\t\toptions=\"", out);
	print_options(c->arguments, out);
	print_options(c->help, out);
	fputs("\" ;;\n", out);
}

void completion_print(FILE *out)
{
	size_t count;
	const struct command *const *commands = command_all(&count);

	fputs("# Made by `suyuan man completion`.\n_suyuan() {\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} words=\"\" options=\"\"\n"
	      "\tif [ \"$COMP_CWORD\" = 1 ]; then\n\t\tCOMPREPLY=($(compgen -W \"",
	      out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s ", commands[i]->name);
	fputs("--help --version\" -- \"$current\"))\n\t\treturn\n\tfi\n"
	      "\tcase ${COMP_WORDS[1]} in\n",
	      out);
	for (size_t i = 0; i < count; i++)
		print_command(commands[i], out);
	fputs("\t*) return ;;\n\tesac\n"
	      "\t[[ $current != -* ]] || words=\"$options --config --json --help\"\n"
	      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n"
	      "_suyuand() {\n\tlocal words=\"--config --check --help --version\"\n"
	      "\t[ \"$COMP_CWORD\" != 1 ] || words=\"lookup console --help --version\"\n"
	      "\t[ \"${COMP_WORDS[COMP_CWORD - 1]}\" != --config ] || words=\"\"\n"
	      "\tCOMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
	      "# Where no word fits, file names do.\n"
	      "complete -o bashdefault -o default -F _suyuan suyuan\n"
	      "complete -o bashdefault -o default -F _suyuand suyuand\n",
	      out);
}
