/* `suyuan policy`: which fields the public sees, for a brand or one product. */
#include "cli/command.h"

#include <errno.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "model/law.h"
#include "store/policy.h"
#include "store/sql.h"

extern const struct command command_policy;

struct policy_arguments {
	const char *brand; /* slug, or NULL */
	uint64_t gtin;	   /* 0: none */
	const char *form;  /* of --as, or NULL */
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
	OPTION(TEXT, "as", struct policy_arguments, form),
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
	const char *choice = i < 0 ? "hide" : PQgetvalue(rows, i, 5);
	const char *law = i < 0 ? "" : PQgetvalue(rows, i, 6);
	const char *level = i < 0 ? "" : db_bool_at(rows, i, 2) ? "product" : "brand";
	const char *at = i < 0 ? "" : PQgetvalue(rows, i, 3);
	const char *by = i < 0 ? "" : PQgetvalue(rows, i, 4);

	if (json)
		json_line_print(json_pack("{s:s,s:b,s:s,s:s,s:s,s:s,s:s}", "field", field,
					  "visible", (int)visible, "level", level, "decided_at", at,
					  "decided_by", by, "choice", choice, "law", law));
	else
		printf("%-8s %-26s %-8s %-20s %s%s\n",
		       !visible			     ? "private"
		       : strcmp(choice, "show") == 0 ? "shown"
						     : choice,
		       field, level, at, by, law[0] == '\0' ? "" : " (by law)");
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

/* {"field": "choice", …}; owned by the caller, NULL when memory is out. */
static char *choices_of(field_set fields, enum choice choice)
{
	json_t *object = json_object();
	char *text;

	for (enum field f = 0; f < FIELD_COUNT; f++)
		if ((fields & field_bit(f)) != 0)
			json_object_set_new(object, field_describe(f)->name,
					    json_string(choice_name(choice)));
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static int fail_to_decide(struct command_context *context, struct db *db, enum choice choice,
			  bool decided)
{
	if (!decided)
		return command_fail_store(context, db, "nothing was decided");
	return command_fail(context, store_error_is_busy(&db->error) ? EXIT_BUSY : EXIT_FAILED,
			    "decided, %sbut the documents are not made anew: %s; run "
			    "`suyuan project`",
			    choice == CHOICE_SHOW ? "" : "and hidden from now on, ",
			    db->error.text);
}

static int change(struct command_context *context, struct db *db, const struct policy_scope *scope,
		  const struct policy_arguments *a, enum choice choice)
{
	struct progress bar;
	struct projection projection = { .progress = tell_progress, .context = &bar };
	char *choices = choices_of(a->fields, choice);
	bool decided = false, ok;

	if (choices == NULL)
		return command_fail(context, EXIT_FAILED, "out of memory");
	progress_start(&bar, context, "documents", 0);
	ok = policy_decide(db, scope, choices, &projection, &decided);
	progress_end(&bar);
	free(choices);
	if (!ok)
		return fail_to_decide(context, db, choice, decided);
	if (choice == CHOICE_HIDE)
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

/* --- law --- */

/* Which file the rules were read from; said to people alone. */
static void tell_law_file(struct db *db)
{
	PGresult *rows = db_query(db, &sql_policy_law_file, DB_NO_VALUES);

	if (PQntuples(rows) == 1)
		fprintf(stderr, "suyuan: rules of %s, SHA-256 %s, read %s by %s\n",
			PQgetvalue(rows, 0, 0), PQgetvalue(rows, 0, 1), PQgetvalue(rows, 0, 2),
			PQgetvalue(rows, 0, 3));
	PQclear(rows);
}

static int list_laws(struct command_context *context, struct db *db)
{
	PGresult *rows = db_query(db, &sql_policy_laws, DB_NO_VALUES);

	if (rows == NULL)
		return command_fail_store(context, db, "the rules cannot be read");
	for (int i = 0; i < PQntuples(rows); i++) {
		const char *category = PQgetvalue(rows, i, 3);

		if (context->json)
			json_line_print(
			    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "rule", PQgetvalue(rows, i, 0),
				      "field", PQgetvalue(rows, i, 1), "must",
				      PQgetvalue(rows, i, 2), "category", category, "reason",
				      PQgetvalue(rows, i, 4), "source", PQgetvalue(rows, i, 5)));
		else
			printf("%-8s %-26s %-16s %s\n", PQgetvalue(rows, i, 2),
			       PQgetvalue(rows, i, 1), category[0] == '\0' ? "all" : category,
			       PQgetvalue(rows, i, 5));
	}
	PQclear(rows);
	if (!context->json)
		tell_law_file(db);
	return EXIT_OK;
}

static json_t *categories_of(struct slice list)
{
	json_t *array = json_array();
	struct slice one;

	while (slice_cut(&list, ',', &one)) {
		char *lower;

		one = slice_trim(one);
		lower = strndup(one.data == NULL ? "" : one.data, one.length);
		if (lower == NULL || one.length == 0) {
			free(lower);
			continue;
		}
		for (char *c = lower; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c + 'a' - 'A');
		json_array_append_new(array, json_string(lower));
		free(lower);
	}
	return array;
}

static json_t *json_rule(const struct law_rule *r)
{
	json_t *reason = json_object();

	for (unsigned i = 0; i < r->reason_count; i++)
		json_object_setn_new(reason, r->languages[i].data, r->languages[i].length,
				     json_stringn(r->reasons[i].data, r->reasons[i].length));
	return json_pack("{s:s%,s:s%,s:s,s:o,s:o,s:s%}", "name", r->name.data, r->name.length,
			 "field", r->field.data, r->field.length, "must",
			 r->is_public ? "public" : "secret", "categories",
			 categories_of(r->categories), "reason", reason, "source", r->source.data,
			 r->source.length);
}

/* Reads the file into `text`. Its rules, owned by the caller; NULL: `why` says why. */
static char *rules_of_file(const char *path, struct buf *text, char why[LAW_WHY_SIZE])
{
	struct law_rule *found = calloc(LAW_RULES_MOST, sizeof(*found));
	json_t *array = json_array();
	char *json = NULL;
	size_t count = 0;

	if (found == NULL || !file_read(path, text) || buf_string(text) == NULL)
		(void)snprintf(why, LAW_WHY_SIZE, "%s", strerror(errno));
	else if (!utf8_valid(buf_slice(text)) || strlen(text->data) != text->length)
		(void)snprintf(why, LAW_WHY_SIZE, "it is no UTF-8 text");
	else if (law_read(buf_slice(text), found, LAW_RULES_MOST, &count, why)) {
		for (size_t i = 0; i < count; i++)
			json_array_append_new(array, json_rule(&found[i]));
		json = json_dumps(array, JSON_COMPACT);
	}
	json_decref(array);
	free(found);
	return json;
}

/* What people may be told of a path. */
static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static int set_laws(struct command_context *context, struct db *db, const char *path)
{
	struct projection projection = { 0 };
	char why[LAW_WHY_SIZE] = "out of memory", *told;
	bool stands = false, ok;
	struct buf text;

	buf_init(&text, 1 << 20);
	told = rules_of_file(path, &text, why);
	if (told == NULL) {
		buf_release(&text);
		return command_fail(context, EXIT_FAILED, "%s: %s", path, why);
	}
	ok = policy_set_law(db, &(struct policy_law){ name_of(path), text.data, told }, &projection,
			    &stands);
	free(told);
	buf_release(&text);
	if (ok)
		return list_laws(context, db);
	if (!stands)
		return command_fail_store(context, db, "the rules were not taken");
	return command_fail(context, EXIT_FAILED,
			    "the rules stand, and what must be secret is hidden, but documents are "
			    "not made anew: %s; run `suyuan project --all`",
			    db->error.text);
}

static int law(struct command_context *context, int argc, char **argv)
{
	struct db db = { 0 };
	int status;

	if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
		return command_usage(&command_policy, "law takes a file of rules, or nothing");
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = argc == 2 ? set_laws(context, &db, argv[1]) : list_laws(context, &db);
	db_close(&db);
	return status;
}

/* --- the command --- */

/* What the verb and --as choose; false: usage was said. */
static bool choice_of(const char *verb, const struct policy_arguments *a, enum choice *ret_choice)
{
	enum choice c = CHOICE_SHOW;

	if (!choice_named(slice_of(verb), &c) || (a->form != NULL && c != CHOICE_SHOW) ||
	    (a->form != NULL && !choice_named(slice_of(a->form), &c))) {
		(void)command_usage(&command_policy, a->form == NULL ? "say list, show or hide"
								     : "there is no such form");
		return false;
	}
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		if ((a->fields & field_bit(f)) == 0 || field_may_be(f, c, a->gtin != 0))
			continue;
		(void)command_usage(&command_policy, "%s cannot be \"%s\"%s",
				    field_describe(f)->name, choice_name(c),
				    c == CHOICE_INHERIT ? " for a brand" : "");
		return false;
	}
	*ret_choice = c;
	return true;
}

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool listing = strcmp(verb, "list") == 0;
	enum choice choice = CHOICE_HIDE;
	struct policy_arguments a = { 0 };
	struct policy_scope scope = { 0 };
	struct db db = { 0 };
	int status;

	if (strcmp(verb, "law") == 0)
		return law(context, argc - 1, argv + 1);
	if (!listing && strcmp(verb, "show") != 0 && strcmp(verb, "hide") != 0 &&
	    strcmp(verb, "inherit") != 0)
		return command_usage(&command_policy, "say list, show or hide");
	if (!parse(argc - 1, argv + 1, listing, &a) || (!listing && !choice_of(verb, &a, &choice)))
		return EXIT_USAGE;
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = find_scope(context, &db, &a, &scope);
	if (status == EXIT_OK)
		status =
		    listing ? list(context, &db, &scope) : change(context, &db, &scope, &a, choice);
	db_close(&db);
	return status;
}

const struct command command_policy = {
	.name = "policy",
	.arguments =
	    "list | show | hide | inherit  --brand SLUG | --gtin GTIN  [--as FORM] [FIELD...]",
	.summary = "choose what the public sees, field by field",
	.help =
	    "  list     every field there is, and whether it is shown\n"
	    "  show     from now on the public sees these fields; --as date, month, year, place,\n"
	    "           country, rounded or verdict: in that coarser form, and no more\n"
	    "  hide     they are gone from every public answer within a second\n"
	    "  inherit  of a product: as its brand decides\n"
	    "  law      suyuan policy law [FILE]: the rules of law that no decision can overrule, "
	    "or\n"
	    "           those of FILE (conf/law/sample.rules) from now on: the file is read once, its\n"
	    "           name and SHA-256 are kept with them\n\n"
	    "Everything is private until shown. What is decided for a product (--gtin) outranks "
	    "what is\ndecided for its brand (--brand).\n",
	.run = run,
};
