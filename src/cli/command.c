/* The command line's frame: finds the command, the configuration, and prints help, errors and
 * progress. */
#include "cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "cli/plain_text.h"

#define COMMAND(name) extern const struct command command_##name;
#include "cli/commands.def"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};

const struct command *const *command_all(size_t *ret_count)
{
	*ret_count = COUNT_OF(commands);
	return commands;
}

static void print_overview(FILE *out)
{
	fputs("suyuan: one item, one code - the operator's command line\n\n"
	      "  suyuan COMMAND [ARGUMENTS] [--config FILE] [--json]\n\n",
	      out);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(out, "  %-12s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n`suyuan COMMAND --help` tells more. Settings come from --config, else "
	      "$SUYUAN_CONFIG,\n"
	      "else $SUYUAN_VAR/suyuan.conf (SUYUAN_VAR is var/ beside bin/ unless set).\n",
	      out);
}

static void print_help(const struct command *c, FILE *out)
{
	fprintf(out, "suyuan %s: %s\n\n  suyuan %s %s\n\n%s", c->name, c->summary, c->name,
		c->arguments, c->help == NULL ? "" : c->help);
	fputs("\n  --config FILE   settings to use    --json   machine-readable output    --help\n",
	      out);
}

int command_usage(const struct command *command, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fputs("suyuan: ", stderr);
	plain_text_print(stderr, slice_of(text));
	fprintf(stderr, "\nusage: suyuan %s %s\n(`suyuan %s --help` tells more)\n", command->name,
		command->arguments, command->name);
	return EXIT_USAGE;
}

int command_fail(const struct command_context *context, int status, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (context->json) {
		fputs("{\"error\":", stderr);
		plain_text_print_json(stderr, slice_of(text));
		fputs("}\n", stderr);
	} else {
		fputs("suyuan: ", stderr);
		plain_text_print(stderr, slice_of(text));
		fputc('\n', stderr);
	}
	return status;
}

/* --- progress --- */

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void progress_draw(const struct progress *p, uint64_t done)
{
	enum { WIDTH = 30 };
	unsigned filled = p->total == 0 ? 0 : (unsigned)(done * WIDTH / p->total);

	if (p->total == 0) {
		fprintf(stderr, "\r%s: %llu", p->what, (unsigned long long)done);
		return;
	}
	fprintf(stderr, "\r%s: [%.*s%*s] %3u %%", p->what, (int)filled,
		"##############################", (int)(WIDTH - filled), "",
		(unsigned)(done * 100 / p->total));
}

void progress_start(struct progress *p, const struct command_context *context, const char *what,
		    uint64_t total)
{
	*p = (struct progress){ .what = what, .total = total, .on = context->progress };
	progress_to(p, 0);
}

void progress_to(struct progress *p, uint64_t done)
{
	enum { REDRAW_MS = 100 };
	uint64_t now;

	if (!p->on)
		return;
	now = now_ms();
	if (done != p->total && now - p->shown_ms < REDRAW_MS)
		return;
	p->shown_ms = now;
	progress_draw(p, done > p->total && p->total > 0 ? p->total : done);
}

void progress_end(struct progress *p)
{
	if (p->on)
		fputs("\r\033[K", stderr);
	p->on = false;
}

/* --- finding the command and its settings --- */

/* Takes --help, --json and --config out of argv. False: --config without a file. */
static bool take_common(int *argc, char **argv, struct command_context *context, bool *ret_help)
{
	int kept = 0;

	for (int i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--") == 0) {
			while (i < *argc)
				argv[kept++] = argv[i++];
			break;
		}
		if (strcmp(argv[i], "--json") == 0)
			context->json = true;
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			*ret_help = true;
		else if (strncmp(argv[i], "--config=", 9) == 0)
			context->config_path = argv[i] + 9;
		else if (strcmp(argv[i], "--config") == 0) {
			if (i + 1 == *argc)
				return false;
			context->config_path = argv[++i];
		} else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	*argc = kept;
	return true;
}

static const struct command *command_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

int command_main(int argc, char **argv)
{
	struct command_context context = { .progress = isatty(STDERR_FILENO) == 1 };
	const struct command *command;
	char path[4096], why[512];
	bool help = false;
	int status;

	argc--;
	argv++;
	if (!take_common(&argc, argv, &context, &help))
		return command_fail(&context, EXIT_USAGE, "--config wants a file");
	if (argc == 0) {
		print_overview(help ? stdout : stderr);
		return help ? EXIT_OK : EXIT_USAGE;
	}
	if (strcmp(argv[0], "--version") == 0) {
		puts("suyuan " SUYUAN_VERSION);
		return EXIT_OK;
	}
	command = command_named(argv[0]);
	if (command == NULL)
		return command_fail(&context, EXIT_USAGE,
				    "no command \"%s\" (`suyuan --help` lists them)", argv[0]);
	if (help) {
		print_help(command, stdout);
		return EXIT_OK;
	}
	if (context.config_path == NULL)
		context.config_path = settings_default_path(path, sizeof(path));
	settings_init(&context.settings);
	if (context.config_path != NULL &&
	    !settings_load(&context.settings, context.config_path, why, sizeof(why)))
		status = command_fail(&context, EXIT_USAGE, "%s", why);
	else
		status = command->run(&context, argc, argv);
	settings_release(&context.settings);
	if (fflush(stdout) != 0)
		return command_fail(&context, EXIT_FAILED, "standard output: %s", strerror(errno));
	return status;
}
