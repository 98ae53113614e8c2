/* `suyuan commission`: the items leave the line; from now on their pages say "in use". */
#include "cli/command.h"

#include "cli/steps.h"
#include "model/batch.h"

extern const struct command command_commission;

static const struct option_rule rules[] = {
	OPTION(TEXT, "batch", struct step_order, batch),
	OPTION(NUMBER, "from", struct step_order, from, .least = 1, .most = BATCH_QUANTITY_MOST),
	OPTION(NUMBER, "to", struct step_order, to, .least = 1, .most = BATCH_QUANTITY_MOST),
	OPTION(TEXTS, "uri", struct step_order, source.words),
	OPTION(TEXT, "file", struct step_order, source.path),
	OPTION(TEXT, "column", struct step_order, source.column),
	OPTION(GTIN, "gtin", struct step_order, source.gtin),
	OPTIONS_END,
};

static int run(struct command_context *context, int argc, char **argv)
{
	struct step_order order = { .state = "commissioned" };
	int status = EXIT_USAGE;

	if (!arguments_read(&command_commission, rules, argc, argv, &order))
		goto out;
	if ((order.batch != NULL) + (order.source.path != NULL) + (order.source.words.count > 0) !=
	    1)
		status =
		    command_usage(&command_commission, "give --batch ID, --file FILE or --uri URI");
	else
		status = steps_take(context, &order);
out:
	free(order.source.words.words);
	return status;
}

const struct command command_commission = {
	.name = "commission",
	.arguments = "--batch ID [--from N] [--to M] | --file FILE | --uri URI...",
	.summary = "put codes into use",
	.help = "  --batch ID   every code of a batch (`suyuan batch --list`)\n"
		"  --from N     only from this place of the batch on; its first code is 1\n"
		"  --to M       only up to this one\n"
		"  --file FILE  the codes that left the line, one a line (\"-\": standard input)\n"
		"  --column C   FILE is a CSV with a header; the codes are in this column\n"
		"  --gtin GTIN  of codes that are serials alone\n"
		"  --uri URI    one code, as printed; may be repeated\n\n"
		"Exit status 3: some codes could not take the step from where they are.\n",
	.run = run,
};
