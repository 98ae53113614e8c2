/* `suyuan code`: steps in the life of codes, what a camera read, and what became of one. */
#include "cli/command.h"

#include "cli/code_check.h"
#include "cli/steps.h"
#include "model/batch.h"

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
	struct step_order order; /* while reading, the state stands behind the codes */
	json_t *reason;
};

/* --- state URI... STATE, state --batch ID STATE, state --file FILE STATE --- */

static const struct option_rule state_rules[] = {
	OPTION(WORDS, "reason", struct code_arguments, reason),
	OPTION(TEXT, "batch", struct code_arguments, order.batch),
	OPTION(NUMBER, "from", struct code_arguments, order.from, .least = 1,
	       .most = BATCH_QUANTITY_MOST),
	OPTION(NUMBER, "to", struct code_arguments, order.to, .least = 1,
	       .most = BATCH_QUANTITY_MOST),
	OPTION(TEXT, "file", struct code_arguments, order.source.path),
	OPTION(TEXT, "column", struct code_arguments, order.source.column),
	OPTION(GTIN, "gtin", struct code_arguments, order.source.gtin),
	OPTION(OPERANDS, "the state", struct code_arguments, order.source.words, .least = 1,
	       .most = OPERANDS_ANY),
	OPTIONS_END,
};

static bool state_parse(int argc, char **argv, struct code_arguments *a)
{
	struct word_list *words = &a->order.source.words;

	if (!arguments_read(&command_code, state_rules, argc, argv, a))
		return false;
	a->order.state = state_named(words->words[--words->count]);
	a->order.reason = a->reason;
	if (a->order.state == NULL)
		(void)command_usage(&command_code,
				    "the last word is the state: printed, commissioned, "
				    "consumed, decommissioned, destroyed, void, blocked");
	else if ((a->order.batch != NULL) + (a->order.source.path != NULL) + (words->count > 0) !=
		 1)
		(void)command_usage(&command_code, "give URIs, --batch ID or --file FILE");
	else if (a->order.batch == NULL && (a->order.from > 0 || a->order.to > 0))
		(void)command_usage(&command_code, "--from and --to are places of a --batch");
	else
		return true;
	return false;
}

static int run_state(struct command_context *context, int argc, char **argv)
{
	struct code_arguments a = { .reason = json_object() };
	int status = EXIT_USAGE;

	if (state_parse(argc, argv, &a))
		status = steps_take(context, &a.order);
	json_decref(a.reason);
	return status;
}

/* --- check, show --- */

static const struct option_rule check_rules[] = {
	OPTION(TEXT, "file", struct code_source, path),
	OPTION(TEXT, "column", struct code_source, column),
	OPTION(GTIN, "gtin", struct code_source, gtin),
	OPTION(OPERANDS, "a code", struct code_source, words, .least = 0, .most = OPERANDS_ANY),
	OPTIONS_END,
};

static int run_check(struct command_context *context, int argc, char **argv)
{
	struct code_source source = { .path = NULL };

	if (!arguments_read(&command_code, check_rules, argc, argv, &source))
		return EXIT_USAGE;
	if ((source.path != NULL) == (source.words.count > 0))
		return command_usage(&command_code, "give URIs or --file FILE");
	return code_check(context, &source);
}

static const struct option_rule show_rules[] = {
	OPTION(GTIN, "gtin", struct code_source, gtin),
	OPTION(OPERANDS, "a code", struct code_source, words, .least = 1, .most = OPERANDS_ANY),
	OPTIONS_END,
};

static int run_show(struct command_context *context, int argc, char **argv)
{
	struct code_source source = { .path = NULL };

	if (!arguments_read(&command_code, show_rules, argc, argv, &source))
		return EXIT_USAGE;
	return code_show(context, &source);
}

static const struct {
	const char *word;
	int (*run)(struct command_context *context, int argc, char **argv);
} verbs[] = { { "state", run_state }, { "check", run_check }, { "show", run_show } };

static int run(struct command_context *context, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < COUNT_OF(verbs); i++)
		if (strcmp(argv[1], verbs[i].word) == 0)
			return verbs[i].run(context, argc - 1, argv + 1);
	return command_usage(&command_code, "say state, check or show");
}

const struct command command_code = {
	.name = "code",
	.arguments = "state URI... | --batch ID [--from N] [--to M] | --file FILE  STATE "
		     "[--reason LANGUAGE=TEXT]... | check URI... | --file FILE | show URI...",
	.summary = "the life of codes: consumed, blocked, void ...; print checks",
	.help =
	    "  state ... STATE        printed, commissioned, consumed, decommissioned, destroyed, "
	    "void, blocked\n"
	    "  check                  what the camera of a line read: marks codes printed, tells "
	    "duplicates\n"
	    "                         and forged codes\n"
	    "  show                   where a code stands and what happened to it\n"
	    "  --batch ID             every code of a batch, or of its places --from to --to; the "
	    "first is 1\n"
	    "  --file FILE            a code a line (\"-\": standard input), of any length; what "
	    "is "
	    "refused is\n"
	    "                         told as file:line: reason. Ten thousand lines are one "
	    "transaction\n"
	    "  --column COLUMN        FILE is a CSV with a header; the codes are in this column\n"
	    "  --gtin GTIN            of codes that are serials alone\n"
	    "  --reason LANGUAGE=TEXT shown to whoever looks the code up; once a language\n\n"
	    "A blocked code can be put into use again (commissioned); one that was blocked by its "
	    "URI or\nin a file only so, not with its batch. Destroyed and void are the end.\n"
	    "Exit status 3: some codes could not take the step from where they are, or are not "
	    "known.\n",
	.run = run,
};
