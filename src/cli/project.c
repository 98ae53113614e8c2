/* `suyuan project`: makes the public documents anew, for instance after an upgrade. */
#include "cli/command.h"

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "store/projection.h"
#include "store/sql.h"

extern const struct command command_project;

struct project_arguments {
	const char *brand;
	uint64_t gtin;
	bool all;
};

static const struct option_rule rules[] = {
	OPTION(TEXT, "brand", struct project_arguments, brand),
	OPTION(GTIN, "gtin", struct project_arguments, gtin),
	OPTION(FLAG, "all", struct project_arguments, all),
	OPTIONS_END,
};

static void tell_progress(void *context, uint64_t documents)
{
	progress_to(context, documents);
}

static bool project(struct db *db, const struct project_arguments *a, int64_t brand,
		    struct projection *p)
{
	if (a->gtin != 0)
		return projection_run(db, p, &a->gtin, 1);
	return projection_run_brand(db, p, brand);
}

static int work(struct command_context *context, struct db *db, const struct project_arguments *a)
{
	struct progress bar;
	struct projection p = { .progress = tell_progress, .context = &bar };
	int64_t brand = 0;
	bool ok;

	if (a->brand != NULL) {
		int status = command_brand_id(context, db, a->brand, &brand);

		if (status != EXIT_OK)
			return status;
	}
	progress_start(&bar, context, "documents", 0);
	ok = project(db, a, brand, &p);
	progress_end(&bar);
	if (!ok)
		return command_fail_store(context, db, "the documents are not all made anew");
	if (context->json)
		json_line_print(json_pack("{s:I,s:I,s:I}", "products", (json_int_t)p.products,
					  "lots", (json_int_t)p.lots, "changed",
					  (json_int_t)p.changed));
	else
		printf("%llu products, %llu lots: %llu documents changed\n",
		       (unsigned long long)p.products, (unsigned long long)p.lots,
		       (unsigned long long)p.changed);
	return EXIT_OK;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct project_arguments a = { 0 };
	struct db db = { 0 };
	int status;

	if (!arguments_read(&command_project, rules, argc, argv, &a))
		return EXIT_USAGE;
	if ((a.brand != NULL) + (a.gtin != 0) + a.all != 1)
		return command_usage(&command_project, "give one of --gtin, --brand, --all");
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = work(context, &db, &a);
	db_close(&db);
	return status;
}

const struct command command_project = {
	.name = "project",
	.arguments = "--gtin GTIN | --brand SLUG | --all",
	.summary = "make the public documents anew from records and policy",
	.help =
	    "Imports and policy changes do this themselves; it may be repeated at any time and\n"
	    "finishes what was interrupted.\n",
	.run = run,
};
