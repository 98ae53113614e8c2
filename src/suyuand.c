/* `suyuand lookup` and `suyuand console`: reads the command line and starts the server. */
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/rights.h"
#include "base/secret.h"
#include "web/admin.h"
#include "web/supervisor.h"

enum { USAGE_ERROR = 2 };

static void print_usage(FILE *out)
{
	fprintf(
	    out,
	    "usage: suyuand lookup|console [--config FILE] [--check]\n"
	    "\n"
	    "  lookup    the HTTPS server for everybody who scans a code\n"
	    "  console   the HTTPS server for brand teams and their machines\n"
	    "\n"
	    "  --config FILE   settings; default $SUYUAN_CONFIG, else the running instance's\n"
	    "                  file, else /etc/suyuan/suyuan.conf (see `suyuan config`)\n"
	    "  --check         say whether settings, certificate and keys can be used, and end\n"
	    "  --version\n"
	    "  --help\n"
	    "\n"
	    "Stays in the foreground. One JSON line a request on standard output, the rest on\n"
	    "standard error. SIGTERM finishes what is under way and ends; SIGUSR1 reads\n"
	    "certificate and key again; SIGUSR2 starts program and settings anew, and no client\n"
	    "notices. Status 0: ended in order, 1: could not, 2: usage.\n");
}

static int PRINTF(1, 2) usage_error(const char *format, ...)
{
	va_list args;

	fputs("suyuand: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	fputs("; see suyuand --help\n", stderr);
	return USAGE_ERROR;
}

struct command_line {
	const char *config;
	const char *program;
	bool check, help, version;
};

static bool parse(int argc, char **argv, struct command_line *line)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return false;
		if (option == 'c')
			line->config = optarg;
		line->check |= option == 'k';
		line->help |= option == 'h';
		line->version |= option == 'v';
	}
	if (optind < argc)
		line->program = argv[optind++];
	if (optind < argc)
		line->program = "";
	return true;
}

/* A server that is broken into must not give away what other roles log in with. */
static void forget_other_roles(enum program program, struct settings *s)
{
	settings_forget(s, &s->database_url);
	settings_forget(s, &s->jobs_database_url);
	settings_forget(s, program == PROGRAM_LOOKUP ? &s->console_database_url
						     : &s->public_database_url);
}

/* Passwords and keys stand there. Not refused: an operator may have reasons, or no choice. */
static void warn_of_open_files(const char *config, const struct settings *s)
{
	const char *const paths[] = { config, s->tls_key };

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		if (rights_open_to_others(paths[i]))
			fprintf(stderr,
				"suyuand: warning: every user of this machine may read %s; "
				"chmod o-rwx it\n",
				paths[i]);
}

static int check(enum program program, const struct settings *s)
{
	char why[1024];

	if (!supervise_check(program, s, why, sizeof(why))) {
		fprintf(stderr, "suyuand: %s\n", why);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int serve(enum program program, const struct command_line *line, char **argv)
{
	const char *config = line->config;
	struct settings settings;
	char room[PATH_MAX], why[1024];
	int status = EXIT_FAILURE;

	if (config == NULL)
		config = settings_default_path(room, sizeof(room));
	settings_init(&settings);
	if (config == NULL) {
		fprintf(stderr, "suyuand: no configuration found; see suyuand --help\n");
	} else if (!settings_load(&settings, config, why, sizeof(why))) {
		fprintf(stderr, "suyuand: %s\n", why);
	} else {
		warn_of_open_files(config, &settings);
		forget_other_roles(program, &settings);
		status =
		    line->check ? check(program, &settings) : supervise(program, &settings, argv);
	}
	settings_release(&settings);
	return status;
}

/* Started with one of them closed, a socket would take its place and get what is printed there. */
static void open_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct command_line line = { .config = NULL };

	secret_no_core();
	open_standard_files();
	if (argc > 1 && strcmp(argv[1], "admin") == 0)
		return admin_main(argc - 2, argv + 2);
	if (!parse(argc, argv, &line))
		return USAGE_ERROR;
	if (line.help || line.version) {
		if (line.help)
			print_usage(stdout);
		else
			printf("suyuand %s\n", SUYUAN_VERSION);
		return EXIT_SUCCESS;
	}
	if (line.program == NULL)
		return usage_error("lookup or console is missing");
	if (strcmp(line.program, "lookup") == 0)
		return serve(PROGRAM_LOOKUP, &line, argv);
	if (strcmp(line.program, "console") == 0)
		return serve(PROGRAM_CONSOLE, &line, argv);
	return usage_error("lookup or console expected, not \"%s\"", line.program);
}
