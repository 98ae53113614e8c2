/* `suyuan code`: a step in the life of single codes or of a batch, with a reason for the public. */
#include "cli/command.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/steps.h"

extern const struct command command_code;

static const char *const states[] = { "printed",   "commissioned", "consumed", "decommissioned",
				      "destroyed", "void",	   "blocked" };

static const char *state_named(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (strcmp(word, states[i]) == 0)
			return states[i];
	return NULL;
}

struct code_arguments {
	json_t *reason;
	const char *batch; /* NULL: URIs */
	const char *state;
	struct word_list uris; /* while reading, the state behind them as well */
};

static const struct option_rule rules[] = {
	OPTION(WORDS, "reason", struct code_arguments, reason),
	OPTION(TEXT, "batch", struct code_arguments, batch),
	OPTION(OPERANDS, "the state", struct code_arguments, uris, .least = 1,
	       .most = OPERANDS_ANY),
	OPTIONS_END,
};

/* "state URI... STATE" or "state --batch ID STATE" */
static bool parse(int argc, char **argv, struct code_arguments *a)
{
	if (!arguments_read(&command_code, rules, argc, argv, a))
		return false;
	a->uris.count--;
	a->state = state_named(a->uris.words[a->uris.count]);
	if (a->state == NULL)
		(void)command_usage(&command_code,
				    "the last word is the state: printed, commissioned, "
				    "consumed, decommissioned, destroyed, void, blocked");
	else if ((a->batch == NULL) == (a->uris.count == 0))
		(void)command_usage(&command_code, "give URIs or --batch ID");
	else
		return true;
	return false;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct code_arguments a = { .reason = json_object() };
	struct step_order order = { .reason = a.reason };
	struct db db = { 0 };
	int status = EXIT_USAGE;

	if (argc < 2 || strcmp(argv[1], "state") != 0) {
		(void)command_usage(&command_code, "say state");
		goto out;
	}
	if (!parse(argc - 1, argv + 1, &a))
		goto out;
	order.state = a.state;
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = a.batch != NULL
			     ? steps_batch(context, &db, &order, a.batch)
			     : steps_uris(context, &db, &order, a.uris.count, a.uris.words);
out:
	db_close(&db);
	json_decref(a.reason);
	return status;
}

const struct command command_code = {
	.name = "code",
	.arguments = "state URI... | --batch ID  STATE [--reason LANGUAGE=TEXT]...",
	.summary = "a step in the life of codes: consumed, blocked, void ...",
	.help =
	    "  STATE                  printed, commissioned, consumed, decommissioned, destroyed, "
	    "void, blocked\n"
	    "  --reason LANGUAGE=TEXT  shown to whoever looks the code up; once a language\n\n"
	    "A blocked code can be put into use again (commissioned); one that was blocked by its "
	    "URI "
	    "only\nby its URI, not with its batch. Destroyed and void are the end.\n"
	    "Exit status 3: some codes could not take the step from where they are.\n",
	.run = run,
};
