/* `suyuan man`: the manual pages, made from the same tables as --help and suyuan.conf, so that they
 * never drift. */
#include "cli/command.h"
#include "cli/completion.h"

extern const struct command command_man;

/* roff takes a leading '.' or '\'' for a request, and '\' and '-' for its own. */
static void put_text(const char *text, FILE *out)
{
	bool line_start = true;

	for (const char *p = text; *p != '\0'; p++) {
		if (line_start && (*p == '.' || *p == '\''))
			fputs("\\&", out);
		if (*p == '\\')
			fputs("\\e", out);
		else if (*p == '-')
			fputs("\\-", out);
		else
			fputc(*p, out);
		line_start = *p == '\n';
	}
}

static void put_heading(const char *page, const char *section, const char *summary, FILE *out)
{
	fprintf(out, ".TH %s %s \"\" \"Suyuan " SUYUAN_VERSION "\"\n.SH NAME\n%s \\- %s\n", page,
		section, page, summary);
}

static void put_block(const char *text, FILE *out)
{
	fputs(".nf\n", out);
	put_text(text, out);
	fputs(".fi\n", out);
}

static void put_command(const struct command *c, FILE *out)
{
	fprintf(out, ".SS suyuan %s\n", c->name);
	put_text(c->summary, out);
	fputs(".PP\n.nf\n.B suyuan ", out);
	put_text(c->name, out);
	fputc(' ', out);
	put_text(c->arguments, out);
	fputs("\n.fi\n.PP\n", out);
	if (c->help != NULL)
		put_block(c->help, out);
}

static void print_suyuan(FILE *out)
{
	size_t count;
	const struct command *const *commands = command_all(&count);

	put_heading("suyuan", "1", "one item, one code: the operator's command line", out);
	fputs(".SH SYNOPSIS\n.B suyuan\n.I COMMAND\n[\\fIARGUMENTS\\fR] [\\fB\\-\\-config\\fR "
	      "\\fIFILE\\fR] [\\fB\\-\\-json\\fR]\n.SH COMMANDS\n",
	      out);
	for (size_t i = 0; i < count; i++)
		put_command(commands[i], out);
	fputs(
	    ".SH EXIT STATUS\n.TP\n0\nDone.\n.TP\n1\nIt could not be done; standard error says "
	    "why.\n"
	    ".TP\n2\nThe command line is wrong; nothing was done.\n.TP\n3\nDone, but some of the "
	    "input was refused.\n.TP\n4\nThe database is not reachable: try again.\n"
	    ".SH FILES\nThe settings come from \\fB\\-\\-config\\fR, else \\fB$SUYUAN_CONFIG\\fR, "
	    "else \\fB$SUYUAN_VAR/suyuan.conf\\fR, else var/suyuan.conf beside the program's "
	    "folder, "
	    "else /etc/suyuan/suyuan.conf.\n.SH SEE ALSO\n.BR suyuan.conf (5),\n.BR suyuand (8)\n",
	    out);
}

/* settings_print() explains every key; here it is shown as the file it makes. */
static bool print_conf(FILE *out)
{
	struct settings defaults;
	char *text = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&text, &length);

	if (memory == NULL)
		return false;
	settings_init(&defaults);
	settings_print(&defaults, memory);
	settings_release(&defaults);
	if (fclose(memory) != 0) {
		free(text);
		return false;
	}
	put_heading("suyuan.conf", "5", "settings of Suyuan", out);
	fputs(".SH DESCRIPTION\nLines \\(lqkey = value\\(rq, comments behind \\(lq#\\(rq at the "
	      "start of "
	      "a line. An unknown key, a key given twice or a value out of bounds is refused with "
	      "file, line and reason. These are all the keys with their defaults:\n.PP\n",
	      out);
	put_block(text, out);
	fputs(".SH SEE ALSO\n.BR suyuan (1),\n.BR suyuand (8)\n", out);
	free(text);
	return true;
}

static int run(struct command_context *context, int argc, char **argv)
{
	if (argc != 2)
		return command_usage(&command_man, "which page?");
	if (strcmp(argv[1], "suyuan") == 0)
		print_suyuan(stdout);
	else if (strcmp(argv[1], "completion") == 0)
		completion_print(stdout);
	else if (strcmp(argv[1], "suyuan.conf") != 0)
		return command_usage(&command_man, "no page \"%s\"", argv[1]);
	else if (!print_conf(stdout))
		return command_fail(context, EXIT_FAILED, "out of memory");
	return EXIT_OK;
}

const struct command command_man = {
	.name = "man",
	.arguments = "suyuan | suyuan.conf | completion",
	.summary = "print a manual page, or the completion for bash",
	.help = "  suyuan man suyuan | man -l -\n"
		"  suyuan man completion > ~/.local/share/bash-completion/completions/suyuan\n",
	.run = run,
};
