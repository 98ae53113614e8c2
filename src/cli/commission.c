/* `suyuan commission`: the items leave the line; from now on their pages say "in use". */
#include "cli/command.h"

#include "cli/database.h"
#include "cli/steps.h"

extern const struct command command_commission;

enum { URIS_MOST = 10000 };

struct commission_arguments {
	const char *batch;
	char *uris[URIS_MOST];
	int uri_count;
};

static bool take_option(int option, char *value, struct commission_arguments *a)
{
	if (option == 'b')
		a->batch = value;
	else if (option == 'u' && a->uri_count < URIS_MOST)
		a->uris[a->uri_count++] = value;
	else {
		(void)command_usage(&command_commission, "unknown or incomplete option");
		return false;
	}
	return true;
}

static bool parse(int argc, char **argv, struct commission_arguments *a)
{
	static const struct option options[] = { { "batch", required_argument, NULL, 'b' },
						 { "uri", required_argument, NULL, 'u' },
						 { 0 } };
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(option, optarg, a))
			return false;
	if (optind == argc && (a->batch == NULL) != (a->uri_count == 0))
		return true;
	(void)command_usage(&command_commission, "give --batch ID or --uri URI");
	return false;
}

static int run(struct command_context *context, int argc, char **argv)
{
	static struct commission_arguments a;
	const struct step_order order = { .state = "commissioned" };
	struct db db = { 0 };
	int status;

	if (!parse(argc, argv, &a))
		return EXIT_USAGE;
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = a.batch != NULL ? steps_batch(context, &db, &order, a.batch)
					 : steps_uris(context, &db, &order, a.uri_count, a.uris);
	db_close(&db);
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
