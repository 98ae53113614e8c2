/* `suyuan commission`: the items leave the line; from now on their pages say "in use". */
#include "cli/command.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/steps.h"

extern const struct command command_commission;

struct commission_arguments {
	const char *batch;
	struct word_list uris;
};

static const struct option_rule rules[] = {
	OPTION(TEXT, "batch", struct commission_arguments, batch),
	OPTION(TEXTS, "uri", struct commission_arguments, uris),
	OPTIONS_END,
};

static int commission(struct command_context *context, const struct commission_arguments *a)
{
	const struct step_order order = { .state = "commissioned" };
	struct db db = { 0 };
	int status = command_open(context, &db);

	if (status == EXIT_OK)
		status = a->batch != NULL
			     ? steps_batch(context, &db, &order, a->batch)
			     : steps_uris(context, &db, &order, a->uris.count, a->uris.words);
	db_close(&db);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct commission_arguments a = { 0 };
	int status = EXIT_USAGE;

	if (!arguments_read(&command_commission, rules, argc, argv, &a))
		goto out;
	if ((a.batch == NULL) == (a.uris.count == 0))
		status = command_usage(&command_commission, "give --batch ID or --uri URI");
	else
		status = commission(context, &a);
out:
	free(a.uris.words);
	return status;
}

const struct command command_commission = {
	.name = "commission",
	.arguments = "--batch ID | --uri URI...",
	.summary = "put codes into use",
	.help = "  --batch ID   every code of a batch (`suyuan batch --list`)\n"
		"  --uri URI    one code, as printed; may be repeated\n\n"
		"Exit status 3: some codes could not take the step from where they are.\n",
	.run = run,
};
