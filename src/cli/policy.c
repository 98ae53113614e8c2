/* `suyuan policy`: which fields the public sees, for a brand or one product. */
#include "cli/command.h"

#include "base/buf.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "store/policy.h"
#include "store/sql.h"

extern const struct command command_policy;

struct policy_arguments {
	const char *brand; /* slug, or NULL */
	uint64_t gtin;	   /* 0: none */
	struct word_list names;
	field_set fields; /* those names */
};

/* --- names --- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters must be changed, added or dropped (Levenshtein). */
static size_t distance(struct slice a, struct slice b)
{
	enum { MOST = 64 };
	size_t row[MOST + 1];

	if (a.length > MOST || b.length > MOST)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.length; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.length; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.length; j++) {
			size_t above = row[j];

			row[j] = least(least(row[j - 1], above) + 1,
				       corner + (a.data[i - 1] != b.data[j - 1]));
			corner = above;
		}
	}
	return row[b.length];
}

static const char *nearest_field(struct slice name)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX;

	for (enum field f = 0; f < FIELD_COUNT; f++) {
		size_t d = distance(name, slice_of(field_describe(f)->name));

		if (d < best) {
			best = d;
			nearest = field_describe(f)->name;
		}
	}
	return nearest == NULL ? field_describe(0)->name : nearest;
}

static bool take_fields(const struct word_list *names, field_set *ret_fields)
{
	for (int i = 0; i < names->count; i++) {
		const char *name = names->words[i];
		enum field f = 0;

		if (!field_named(slice_of(name), &f)) {
			(void)command_usage(&command_policy,
					    "there is no field \"%s\"; the nearest is %s", name,
					    nearest_field(slice_of(name)));
			return false;
		}
		*ret_fields |= field_bit(f);
	}
	return true;
}

/* --- the command line --- */

static const struct option_rule rules[] = {
	OPTION(TEXT, "brand", struct policy_arguments, brand),
	OPTION(GTIN, "gtin", struct policy_arguments, gtin),
	OPTION(OPERANDS, "FIELD", struct policy_arguments, names, .most = OPERANDS_ANY),
	OPTIONS_END,
};

static bool parse(int argc, char **argv, bool list, struct policy_arguments *a)
{
	if (!arguments_read(&command_policy, rules, argc, argv, a))
		return false;
	if (a->brand == NULL && a->gtin == 0) {
		(void)command_usage(&command_policy, "give --brand SLUG or --gtin GTIN");
		return false;
	}
	if (list != (a->names.count == 0)) {
		(void)command_usage(&command_policy,
				    list ? "list takes no fields" : "name at least one field");
		return false;
	}
	return take_fields(&a->names, &a->fields);
}

static int find_owner(struct command_context *context, struct db *db, uint64_t gtin,
		      int64_t *ret_id)
{
	PGresult *rows = db_query(db, &sql_gtin_brand, DB_VALUES(db_number((int64_t)gtin)));
	int found = rows == NULL ? -1 : PQntuples(rows);

	if (found == 1)
		*ret_id = db_number_at(rows, 0, 0);
	PQclear(rows);
	if (found == 0)
		return command_fail(context, EXIT_FAILED, "no brand owns this GTIN");
	return found == 1 ? EXIT_OK : command_fail_store(context, db, "policy");
}

static int find_scope(struct command_context *context, struct db *db,
		      const struct policy_arguments *a, struct policy_scope *ret)
{
	int64_t brand = 0;
	int status = EXIT_OK;

	ret->gtin = a->gtin;
	if (a->gtin != 0)
		status = find_owner(context, db, a->gtin, &ret->brand_id);
	if (status == EXIT_OK && a->brand != NULL)
		status = command_brand_id(context, db, a->brand, &brand);
	if (status != EXIT_OK || a->brand == NULL)
		return status;
	if (a->gtin != 0 && brand != ret->brand_id)
		return command_fail(context, EXIT_FAILED, "the GTIN is not one of %s", a->brand);
	ret->brand_id = brand;
	return EXIT_OK;
}

/* --- list --- */

static int row_of(const PGresult *rows, const char *field)
{
	for (int i = 0; i < PQntuples(rows); i++)
		if (strcmp(PQgetvalue(rows, i, 0), field) == 0)
			return i;
	return -1;
}

static void print_field(const PGresult *rows, const char *field, bool json)
{
	int i = row_of(rows, field);
	bool visible = i >= 0 && db_bool_at(rows, i, 1);
	const char *level = i < 0 ? "" : db_bool_at(rows, i, 2) ? "product" : "brand";
	const char *at = i < 0 ? "" : PQgetvalue(rows, i, 3);
	const char *by = i < 0 ? "" : PQgetvalue(rows, i, 4);

	if (json)
		json_line_print(json_pack("{s:s,s:b,s:s,s:s,s:s}", "field", field, "visible",
					  (int)visible, "level", level, "decided_at", at,
					  "decided_by", by));
	else
		printf("%-8s %-26s %-8s %-20s %s\n", visible ? "shown" : "private", field, level,
		       at, by);
}

static int list(struct command_context *context, struct db *db, const struct policy_scope *scope)
{
	PGresult *rows =
	    db_query(db, &sql_policy_list,
		     DB_VALUES(db_number(scope->brand_id), db_number((int64_t)scope->gtin)));

	if (rows == NULL)
		return command_fail_store(context, db, "the policy cannot be read");
	for (enum field f = 0; f < FIELD_COUNT; f++)
		print_field(rows, field_describe(f)->name, context->json);
	PQclear(rows);
	return EXIT_OK;
}

/* --- show and hide --- */

static void tell_progress(void *context, uint64_t documents)
{
	progress_to(context, documents);
}

/* Products with a policy of their own go on showing what their brand hides: say so. */
static void warn_still_shown(struct db *db, const struct policy_scope *scope,
			     const struct policy_arguments *a)
{
	struct buf names;
	PGresult *rows = NULL;

	if (scope->gtin != 0)
		return;
	buf_init(&names, 1 << 16);
	for (enum field f = 0; f < FIELD_COUNT; f++)
		if ((a->fields & field_bit(f)) != 0)
			buf_add_format(&names, "%c%s", names.length == 0 ? '{' : ',',
				       field_describe(f)->name);
	buf_add_char(&names, '}');
	if (buf_string(&names) != NULL)
		rows = db_query(db, &sql_policy_still_shown,
				DB_VALUES(db_number(scope->brand_id), db_text(names.data)));
	for (int i = 0; i < (rows == NULL ? 0 : PQntuples(rows)); i++)
		fprintf(stderr, "suyuan: %s still shows %s by its own policy\n",
			PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1));
	PQclear(rows);
	buf_release(&names);
}

static int change(struct command_context *context, struct db *db, const struct policy_scope *scope,
		  const struct policy_arguments *a, bool show)
{
	struct progress bar;
	struct projection projection = { .progress = tell_progress, .context = &bar };
	bool decided = false, ok;

	progress_start(&bar, context, "documents", 0);
	ok = show ? policy_show(db, scope, a->fields, &projection, &decided)
		  : policy_hide(db, scope, a->fields, &projection, &decided);
	progress_end(&bar);
	if (!ok && decided)
		return command_fail(context,
				    store_error_is_busy(&db->error) ? EXIT_BUSY : EXIT_FAILED,
				    "decided, %sbut the documents are not made anew: %s; run "
				    "`suyuan project`",
				    show ? "" : "and hidden from now on, ", db->error.text);
	if (!ok)
		return command_fail_store(context, db, "nothing was decided");
	if (!show)
		warn_still_shown(db, scope, a);
	if (context->json)
		json_line_print(json_pack("{s:I,s:I}", "documents",
					  (json_int_t)(projection.products + projection.lots),
					  "changed", (json_int_t)projection.changed));
	else
		printf("%llu of %llu documents changed\n", (unsigned long long)projection.changed,
		       (unsigned long long)(projection.products + projection.lots));
	return EXIT_OK;
}

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool listing = strcmp(verb, "list") == 0, show = strcmp(verb, "show") == 0;
	struct policy_arguments a = { 0 };
	struct policy_scope scope = { 0 };
	struct db db = { 0 };
	int status;

	if (!listing && !show && strcmp(verb, "hide") != 0)
		return command_usage(&command_policy, "say list, show or hide");
	if (!parse(argc - 1, argv + 1, listing, &a))
		return EXIT_USAGE;
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = find_scope(context, &db, &a, &scope);
	if (status == EXIT_OK)
		status =
		    listing ? list(context, &db, &scope) : change(context, &db, &scope, &a, show);
	db_close(&db);
	return status;
}

const struct command command_policy = {
	.name = "policy",
	.arguments = "list | show | hide  --brand SLUG | --gtin GTIN  [FIELD...]",
	.summary = "choose what the public sees, field by field",
	.help =
	    "  list   every field there is, and whether it is shown\n"
	    "  show   from now on the public sees these fields\n"
	    "  hide   they are gone from every public answer within a second\n\n"
	    "Everything is private until shown. What is decided for a product (--gtin) outranks "
	    "what is\ndecided for its brand (--brand).\n",
	.run = run,
};
