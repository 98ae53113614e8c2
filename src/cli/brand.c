/* `suyuan brand`: the brands of this installation, how they appear, and which GTINs are theirs. */
#include "cli/command.h"

#include "base/buf.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "model/gs1.h"
#include "store/projection.h"
#include "store/sql.h"

extern const struct command command_brand;

static const char *const contacts[] = { "phone", "email", "url", NULL };

/* What `add` and `set` were given. */
struct brand_arguments {
	struct word_list slug; /* one word */
	json_t *name, *contact;
	const char *accent; /* NULL: not given */
};

static const struct option_rule rules[] = {
	OPTION(WORDS, "name", struct brand_arguments, name),
	OPTION(PAIRS, "contact", struct brand_arguments, contact, .keys = contacts),
	OPTION(TEXT, "accent", struct brand_arguments, accent),
	OPTION(OPERANDS, "SLUG", struct brand_arguments, slug, .least = 1, .most = 1),
	OPTIONS_END,
};

/* --- add and set --- */

static PGresult *write_row(struct db *db, const struct sql_query *query,
			   const struct brand_arguments *a)
{
	char *name = json_dumps(a->name, JSON_COMPACT);
	char *contact = json_dumps(a->contact, JSON_COMPACT);
	PGresult *rows = NULL;

	if (name != NULL && contact != NULL)
		rows = db_query(db, query,
				DB_VALUES(db_text(a->slug.words[0]), db_text(name),
					  db_text(contact), db_text(a->accent)));
	free(name);
	free(contact);
	return rows;
}

/* Adding the same brand again is no mistake; adding another one of the same name is. */
static int exists_already(struct command_context *context, struct db *db,
			  const struct brand_arguments *a)
{
	PGresult *rows = write_row(db, &sql_brand_same, a);
	bool same = rows != NULL && db_bool_at(rows, 0, 0);

	PQclear(rows);
	if (same)
		return EXIT_OK;
	return command_fail(context, EXIT_FAILED,
			    "there is a brand %s already (`suyuan brand set` changes it)",
			    a->slug.words[0]);
}

static int write_in_transaction(struct command_context *context, struct db *db, bool add,
				const struct brand_arguments *a)
{
	PGresult *rows = write_row(db, add ? &sql_brand_add : &sql_brand_set, a);
	int64_t id = 0;
	int found = rows == NULL ? -1 : PQntuples(rows);

	if (found == 1)
		id = db_number_at(rows, 0, 0);
	PQclear(rows);
	if (found == 0 && add)
		return exists_already(context, db, a);
	if (found == 0)
		return command_fail(context, EXIT_FAILED, "there is no brand %s", a->slug.words[0]);
	if (found < 0 || !projection_brand(db, id) || !db_commit(db))
		return command_fail_store(context, db, a->slug.words[0]);
	return EXIT_OK;
}

static int brand_write(struct command_context *context, int argc, char **argv, bool add)
{
	struct brand_arguments a = { .name = json_object(), .contact = json_object() };
	struct db db = { 0 };
	int status = EXIT_USAGE;

	if (!arguments_read(&command_brand, rules, argc, argv, &a))
		goto out;
	if (add && json_object_size(a.name) == 0) {
		status = command_usage(&command_brand, "give at least one --name LANGUAGE=NAME");
		goto out;
	}
	status = command_open(context, &db);
	if (status != EXIT_OK)
		goto out;
	status = db_begin(&db) ? write_in_transaction(context, &db, add, &a)
			       : command_fail_store(context, &db, a.slug.words[0]);
	db_rollback(&db);
out:
	db_close(&db);
	json_decref(a.name);
	json_decref(a.contact);
	return status;
}

/* --- list --- */

static void print_brand(const PGresult *rows, int i, bool json)
{
	if (json) {
		json_line_print(json_pack("{s:s,s:o,s:o,s:s,s:I}", "slug", PQgetvalue(rows, i, 0),
					  "name", json_loads(PQgetvalue(rows, i, 1), 0, NULL),
					  "contact", json_loads(PQgetvalue(rows, i, 2), 0, NULL),
					  "accent", PQgetvalue(rows, i, 3), "gtins",
					  (json_int_t)db_number_at(rows, i, 4)));
		return;
	}
	printf("%-24s %s GTINs   ", PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 4));
	plain_text_print(stdout, db_slice_at(rows, i, 1));
	putchar('\n');
}

static int brand_list(struct command_context *context)
{
	struct db db = { 0 };
	int status = command_open(context, &db);

	if (status == EXIT_OK)
		status = command_list(context, &db, "the brands cannot be read", print_brand,
				      &sql_brand_list, DB_NO_VALUES);
	db_close(&db);
	return status;
}

/* --- own --- */

static bool read_gtin(const char *text, uint64_t *ret_gtin)
{
	enum gtin_result result = gtin_parse(slice_of(text), ret_gtin);

	if (result != GTIN_OK)
		(void)command_usage(&command_brand, "GTIN %s: %s", text, gtin_reason(result));
	return result == GTIN_OK;
}

/* "{9506000134352,…}" of the arguments, freed by the caller; NULL: reported. */
static char *gtin_array(int count, char **texts)
{
	struct buf out;
	uint64_t gtin = 0;
	bool ok = true;

	buf_init(&out, 1 << 20);
	for (int i = 0; i < count && ok; i++) {
		ok = read_gtin(texts[i], &gtin);
		buf_add_char(&out, i == 0 ? '{' : ',');
		buf_add_u64(&out, gtin);
	}
	buf_add_char(&out, '}');
	if (ok && buf_string(&out) != NULL)
		return out.data;
	buf_release(&out);
	return NULL;
}

static int own_in_transaction(struct command_context *context, struct db *db, int64_t brand,
			      const char *gtins)
{
	PGresult *others =
	    db_query(db, &sql_brand_own, DB_VALUES(db_number(brand), db_text(gtins)));
	int status = EXIT_OK;

	if (others == NULL)
		return command_fail_store(context, db, "nothing was changed");
	if (PQntuples(others) > 0)
		status = command_fail(context, EXIT_FAILED, "%s belongs to %s; nothing was changed",
				      PQgetvalue(others, 0, 0), PQgetvalue(others, 0, 1));
	else if (!db_run(db, &sql_gtin_know, DB_VALUES(db_text(gtins))) || !db_commit(db))
		status = command_fail_store(context, db, "nothing was changed");
	PQclear(others);
	return status;
}

static int brand_own(struct command_context *context, int argc, char **argv)
{
	struct db db = { 0 };
	char *gtins = NULL;
	int64_t brand = 0;
	int status;

	if (argc < 3)
		return command_usage(&command_brand, "name the brand and its GTINs");
	gtins = gtin_array(argc - 2, argv + 2);
	if (gtins == NULL)
		return EXIT_USAGE;
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = command_brand_id(context, &db, argv[1], &brand);
	if (status == EXIT_OK)
		status = db_begin(&db) ? own_in_transaction(context, &db, brand, gtins)
				       : command_fail_store(context, &db, argv[1]);
	db_rollback(&db);
	db_close(&db);
	free(gtins);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "add") == 0 || strcmp(verb, "set") == 0)
		return brand_write(context, argc - 1, argv + 1, verb[0] == 'a');
	if (strcmp(verb, "own") == 0)
		return brand_own(context, argc - 1, argv + 1);
	if (strcmp(verb, "list") == 0 && argc == 2)
		return brand_list(context);
	return command_usage(&command_brand, "say add, set, own or list");
}

const struct command command_brand = {
	.name = "brand",
	.arguments =
	    "add | set SLUG [--name LANGUAGE=NAME]... [--contact KEY=TEXT]... [--accent #rrggbb]"
	    " | own SLUG GTIN... | list",
	.summary = "add brands, say how they appear and which GTINs are theirs",
	.help = "  --name LANGUAGE=NAME   once a language: --name zh-CN=青屏茶社 --name en=\"Tea "
		"House\"\n"
		"  --contact KEY=TEXT     phone, email or url, for the public page\n"
		"  --accent #rrggbb       the brand's colour\n\n"
		"`set` changes what is named and leaves the rest. A GTIN belongs to one brand for "
		"ever.\n",
	.run = run,
};
