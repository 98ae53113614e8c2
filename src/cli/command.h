/*
 * The commands of `suyuan`. One file a command (src/cli/NAME.c), one line a command in
 * src/cli/commands.def; this header is all a command needs to know of the others.
 */
#ifndef SUYUAN_CLI_COMMAND_H
#define SUYUAN_CLI_COMMAND_H

#include "base/settings.h"

/* Exit statuses scripts can trust. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,   /* the work could not be done; standard error says why */
	EXIT_USAGE = 2,	   /* the command line is wrong; nothing was done */
	EXIT_REJECTED = 3, /* done, but some of the input was refused; the report says what */
	EXIT_BUSY = 4,	   /* the database or another service is not reachable: try again */
};

/* What every command is given. */
struct command_context {
	struct settings
	    settings; /* of --config, $SUYUAN_CONFIG or the running instance; see settings.h */
	const char *config_path; /* the file they came from, or NULL */
	bool json;		 /* --json: one JSON document (or JSON lines) on standard output */
	bool progress;		 /* standard error is a terminal */
};

struct command {
	const char *name;      /* one word: "batch"; a second word is the command's own affair */
	const char *arguments; /* "--gtin GTIN --quantity N [--lot LOT]" */
	const char *summary;   /* one line */
	const char *help;      /* the rest of --help: options, one a line, an example */
	/* argv[0] is the command's name. --help, --json and --config are taken out before. */
	int (*run)(struct command_context *context, int argc, char **argv);
};

MUSTCHECK int command_main(int argc, char **argv);
/* Every command, in the order of --help. */
const struct command *const *command_all(size_t *ret_count);

/* Prints the usage line and "suyuan NAME --help" hint on standard error; returns EXIT_USAGE. */
int command_usage(const struct command *command, const char *format, ...) PRINTF(2, 3);
/* Prints "suyuan: reason" on standard error (a JSON object with --json); returns `status`. */
int command_fail(const struct command_context *context, int status, const char *format, ...)
    PRINTF(3, 4);

/* A progress bar on standard error: nothing unless context->progress. */
struct progress {
	const char *what;
	uint64_t total; /* 0: unknown */
	uint64_t shown_ms;
	bool on;
};
void progress_start(struct progress *p, const struct command_context *context, const char *what,
		    uint64_t total);
void progress_to(struct progress *p, uint64_t done);
void progress_end(struct progress *p);

#endif
