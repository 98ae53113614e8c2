/* `suyuan line`: packaging lines, what they may ask for through the API, and their keys. */
#include "cli/command.h"

#include "base/buf.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/new_access.h"
#include "model/gs1.h"
#include "store/sql.h"

extern const struct command command_line;

enum { GTIN_ROOM = 16, UNSET = 0, OVERLAP_USUAL = 24 };

struct line_arguments {
	struct word_list name; /* one word */
	const char *brand, *key;
	struct word_list gtins;
	bool any_gtin;
	const char *rate, *quota, *links; /* NULL: not given */
	uint64_t overlap;		  /* hours */
};

/* A number that stays text: NULL in SQL where it is not given. */
static bool read_number(struct slice text, void *member)
{
	uint64_t number;

	if (!slice_to_u64(text, &number) || number > INT64_MAX)
		return false;
	*(const char **)member = text.data;
	return true;
}

static bool read_switch(struct slice text, void *member)
{
	if (!slice_equal(text, S("on")) && !slice_equal(text, S("off")))
		return false;
	*(const char **)member = text.data;
	return true;
}

static const struct option_rule rules[] = {
	OPTION(TEXT, "brand", struct line_arguments, brand),
	OPTION(TEXT, "key", struct line_arguments, key),
	OPTION(TEXTS, "gtin", struct line_arguments, gtins),
	OPTION(FLAG, "any-gtin", struct line_arguments, any_gtin),
	OPTION(OTHER, "rate", struct line_arguments, rate, .read = read_number,
	       .wants = "requests a minute, 1 to 1000000"),
	OPTION(OTHER, "quota", struct line_arguments, quota, .read = read_number,
	       .wants = "codes a day, 0 to 1099511627776"),
	OPTION(OTHER, "links", struct line_arguments, links, .read = read_switch,
	       .wants = "on or off"),
	OPTION(NUMBER, "overlap-hours", struct line_arguments, overlap, .least = 0, .most = 8760),
	OPTION(OPERANDS, "NAME", struct line_arguments, name, .least = 0, .most = 1),
	OPTIONS_END,
};

/* One invocation of the command. */
struct work {
	struct command_context *context;
	struct db *db;
	const struct line_arguments *a;
	int64_t brand; /* 0: none given */
	int64_t line;  /* 0: not looked up */
	char *gtins;   /* "{1,2}", or NULL: none given */
};

static const char *line_name(const struct work *w)
{
	return w->a->name.words[0];
}

static int fail_store(const struct work *w)
{
	return command_fail_store(w->context, w->db, line_name(w));
}

/* --- what was given ------------------------------------------------------------------------ */

static int read_gtins(struct work *w)
{
	struct buf b;

	if (w->a->gtins.count == 0)
		return EXIT_OK;
	buf_init(&b, (size_t)w->a->gtins.count * GTIN_ROOM + GTIN_ROOM);
	for (int i = 0; i < w->a->gtins.count; i++) {
		uint64_t gtin;
		enum gtin_result result = gtin_parse(slice_of(w->a->gtins.words[i]), &gtin);

		if (result != GTIN_OK) {
			buf_release(&b);
			return command_usage(&command_line, "--gtin %s: %s", w->a->gtins.words[i],
					     gtin_reason(result));
		}
		buf_add_format(&b, "%c%llu", i == 0 ? '{' : ',', (unsigned long long)gtin);
	}
	buf_add_char(&b, '}');
	w->gtins = buf_string(&b) == NULL ? NULL : strdup(b.data);
	buf_release(&b);
	return w->gtins == NULL ? command_fail(w->context, EXIT_FAILED, "out of memory") : EXIT_OK;
}

static int find_line(struct work *w)
{
	PGresult *rows =
	    db_query(w->db, &sql_line_find, DB_VALUES(db_number(w->brand), db_text(line_name(w))));
	int found = rows == NULL ? -1 : PQntuples(rows);

	if (found == 1)
		w->line = db_number_at(rows, 0, 0);
	PQclear(rows);
	if (found < 0)
		return fail_store(w);
	return found == 1 ? EXIT_OK
			  : command_fail(w->context, EXIT_FAILED, "brand %s has no line %s",
					 w->a->brand, line_name(w));
}

/* --- keys ---------------------------------------------------------------------------------- */

/* Commits what `rows` came from, and only then shows the key. NULL: refused. */
static int show_key(struct work *w, const struct new_access *k, PGresult *rows)
{
	bool made = rows != NULL && db_commit(w->db);

	PQclear(rows);
	if (!made)
		return fail_store(w);
	if (w->context->json)
		json_line_print(json_pack("{s:s,s:s,s:s}", "line", line_name(w), "key_id",
					  k->key.id, "key", k->text));
	else
		printf("%s\n", k->text);
	return EXIT_OK;
}

static int line_add(struct work *w)
{
	struct new_access k;
	PGresult *rows;
	int status;

	if (!new_access_make(&k, ACCESS_LINE))
		return command_fail(w->context, EXIT_FAILED, "no random bytes");
	rows = db_query(w->db, &sql_line_add,
			DB_VALUES(db_number(w->brand), db_text(line_name(w)), db_text(w->gtins),
				  db_text(w->a->rate), db_text(w->a->quota), db_text(w->a->links),
				  db_text(k.key.id), db_text(k.key.sha256)));
	if (rows == NULL && store_error_is(&w->db->error, "SY409"))
		status = command_fail(w->context, EXIT_FAILED,
				      "brand %s has a line %s already (`suyuan line rotate` gives "
				      "it a new key)",
				      w->a->brand, line_name(w));
	else
		status = show_key(w, &k, rows);
	new_access_release(&k);
	return status;
}

static int line_rotate(struct work *w)
{
	char hours[24];
	struct new_access k;
	int status;

	if (!new_access_make(&k, ACCESS_LINE))
		return command_fail(w->context, EXIT_FAILED, "no random bytes");
	(void)snprintf(hours, sizeof(hours), "%llu", (unsigned long long)w->a->overlap);
	status = show_key(w, &k,
			  db_query(w->db, &sql_line_key_make,
				   DB_VALUES(db_number(w->line), db_text(k.key.id),
					     db_text(k.key.sha256), db_text(hours))));
	new_access_release(&k);
	return status;
}

static int line_set(struct work *w)
{
	if (!db_run(w->db, &sql_line_set,
		    DB_VALUES(db_number(w->line), db_text(w->gtins),
			      db_text(w->a->any_gtin ? "true" : "false"), db_text(w->a->rate),
			      db_text(w->a->quota), db_text(w->a->links))) ||
	    !db_commit(w->db))
		return fail_store(w);
	return EXIT_OK;
}

static int line_revoke(struct work *w)
{
	PGresult *rows = db_query(w->db, &sql_line_keys_revoke,
				  DB_VALUES(db_number(w->line), db_text(w->a->key)));
	int64_t count = 0;

	if (rows != NULL)
		count = db_number_at(rows, 0, 0);
	PQclear(rows);
	if (rows == NULL || !db_commit(w->db))
		return command_fail_store(w->context, w->db, "no key was revoked");
	if (w->context->json)
		json_line_print(json_pack("{s:I}", "revoked", (json_int_t)count));
	else
		printf("%lld revoked\n", (long long)count);
	return count > 0 ? EXIT_OK
			 : command_fail(w->context, EXIT_FAILED, "there is no such valid key");
}

/* --- the list ------------------------------------------------------------------------------ */

static void print_line(const PGresult *rows, int i, bool json)
{
	if (json)
		json_line_print(json_pack(
		    "{s:s,s:s,s:s,s:I,s:I,s:I,s:s}", "brand", PQgetvalue(rows, i, 0), "line",
		    PQgetvalue(rows, i, 1), "gtins", PQgetvalue(rows, i, 2), "requests_per_minute",
		    (json_int_t)db_number_at(rows, i, 3), "codes_per_day",
		    (json_int_t)db_number_at(rows, i, 4), "codes_today",
		    (json_int_t)db_number_at(rows, i, 5), "keys", PQgetvalue(rows, i, 6)));
	else
		printf("%s  %s  %s  %s requests a minute  %s of %s codes today  keys: %s\n",
		       PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1),
		       PQgetvalue(rows, i, 2)[0] == '\0' ? "every GTIN" : PQgetvalue(rows, i, 2),
		       PQgetvalue(rows, i, 3), PQgetvalue(rows, i, 5), PQgetvalue(rows, i, 4),
		       PQgetvalue(rows, i, 6)[0] == '\0' ? "none" : PQgetvalue(rows, i, 6));
}

static int line_list(struct work *w)
{
	return command_list(w->context, w->db, "the lines cannot be read", print_line,
			    &sql_line_list, DB_VALUES(db_number(w->brand)));
}

/* --- the command --------------------------------------------------------------------------- */

static const struct verb {
	const char *name;
	bool named;    /* needs NAME and --brand */
	bool existing; /* of a line there is */
	int (*run)(struct work *w);
} verbs[] = {
	{ "add", true, false, line_add },      { "set", true, true, line_set },
	{ "rotate", true, true, line_rotate }, { "revoke", true, true, line_revoke },
	{ "list", false, false, line_list },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

/* `revoke --key ID` needs neither name nor brand. */
static bool is_complete(const struct verb *verb, const struct line_arguments *a)
{
	bool by_key = verb->run == line_revoke && a->key != NULL;

	return !verb->named || by_key || (a->name.count == 1 && a->brand != NULL);
}

static int run_verb(struct work *w, const struct verb *verb)
{
	int status = EXIT_OK;

	if (w->a->brand != NULL)
		status = command_brand_id(w->context, w->db, w->a->brand, &w->brand);
	if (status == EXIT_OK && !db_begin(w->db))
		status = command_fail_store(w->context, w->db, "line");
	if (status == EXIT_OK && verb->existing && w->a->name.count == 1)
		status = find_line(w);
	if (status == EXIT_OK)
		status = verb->run(w);
	db_rollback(w->db);
	return status;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct line_arguments a = { .overlap = OVERLAP_USUAL };
	struct db db = { 0 };
	struct work w = { .context = context, .db = &db, .a = &a };
	const struct verb *verb = argc < 2 ? NULL : find_verb(argv[1]);
	int status = EXIT_USAGE;

	if (verb == NULL)
		return command_usage(&command_line, "say add, set, rotate, revoke or list");
	if (!arguments_read(&command_line, rules, argc - 1, argv + 1, &a))
		goto out;
	if (!is_complete(verb, &a)) {
		status = command_usage(&command_line, "%s: give NAME and --brand", verb->name);
		goto out;
	}
	status = read_gtins(&w);
	if (status == EXIT_OK)
		status = command_open(context, &db);
	if (status == EXIT_OK)
		status = run_verb(&w, verb);
out:
	db_close(&db);
	free(w.gtins);
	free(a.gtins.words);
	return status;
}

const struct command command_line = {
	.name = "line",
	.arguments = "add|set NAME --brand SLUG [--gtin GTIN]... [--rate N] [--quota N] "
		     "[--links on|off] | "
		     "rotate|revoke NAME --brand SLUG | list",
	.summary = "packaging lines and the keys they show to the API",
	.help =
	    "  add NAME           make a line and print its key: it is shown once and kept "
	    "nowhere\n"
	    "  set NAME           change what the line may do\n"
	    "  rotate NAME        print a new key; the ones before it end after the overlap\n"
	    "  revoke NAME        end every key of the line at once; or only --key ID\n"
	    "  list               the lines there are, with the ids of their keys\n"
	    "  --brand SLUG       whose line it is\n"
	    "  --gtin GTIN        what it may ask codes for, repeatable; without it, every "
	    "GTIN of the "
	    "brand\n"
	    "  --any-gtin         (set) every GTIN of the brand again\n"
	    "  --rate N           requests a minute (600)\n"
	    "  --quota N          codes a day of the brand's clock (10000000000)\n"
	    "  --links on|off     whether its key may change where links of its GTINs go (off)\n"
	    "  --overlap-hours N  (rotate) how long older keys stay valid (24)\n",
	.run = run,
};
