/* `suyuan brand`: the brands of this installation, how they appear, and which GTINs are theirs. */
#include "cli/command.h"

#include <errno.h>

#include "base/file.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "job/paper.h"
#include "model/contrast.h"
#include "model/gs1.h"
#include "store/projection.h"
#include "store/sql.h"

extern const struct command command_brand;

static const char *const contacts[] = { "phone", "email", "url", NULL };

/* What `add` and `set` were given. */
struct brand_arguments {
	struct word_list slug; /* one word */
	json_t *name, *motto, *about, *contact;
	const char *accent, *logo, *time_zone; /* NULL: not given */
	struct word_list drop;
};

static const struct option_rule rules[] = {
	OPTION(WORDS, "name", struct brand_arguments, name),
	OPTION(WORDS, "motto", struct brand_arguments, motto),
	OPTION(WORDS, "about", struct brand_arguments, about),
	OPTION(PAIRS, "contact", struct brand_arguments, contact, .keys = contacts),
	OPTION(TEXT, "accent", struct brand_arguments, accent),
	OPTION(TEXT, "logo", struct brand_arguments, logo),
	OPTION(TEXT, "time-zone", struct brand_arguments, time_zone),
	OPTION(TEXTS, "drop", struct brand_arguments, drop),
	OPTION(OPERANDS, "SLUG", struct brand_arguments, slug, .least = 1, .most = 1),
	OPTIONS_END,
};

/* One run of either. */
struct writing {
	struct command_context *context;
	struct db *db;
	const struct brand_arguments *a;
	bool add;
	char *look;	   /* what changes, flat, as trace.look_of() reads it; owned */
	struct paper logo; /* zeroed: none is given */
	bool drops_logo;
};

/* --- what changes --- */

static void add_words(json_t *look, const char *member, const json_t *words)
{
	const char *language;
	char name[96];
	json_t *text;

	json_object_foreach((json_t *)(uintptr_t)words, language, text)
	{
		(void)snprintf(name, sizeof(name), "%s.%s", member, language);
		json_object_set(look, name, text);
	}
}

/* An empty text takes away what was there; what is no member, SQL refuses. */
static void add_drops(struct writing *w, json_t *look)
{
	for (int i = 0; i < w->a->drop.count; i++) {
		const char *member = w->a->drop.words[i];

		if (strcmp(member, "logo") == 0)
			w->drops_logo = true;
		else
			json_object_set_new(look, member, json_string(""));
	}
}

/* False: out of memory. */
static bool collect(struct writing *w)
{
	json_t *look = json_copy(w->a->contact);

	add_words(look, "name", w->a->name);
	add_words(look, "motto", w->a->motto);
	add_words(look, "about", w->a->about);
	if (w->a->accent != NULL)
		json_object_set_new(look, "accent", json_string(w->a->accent));
	add_drops(w, look);
	w->look = json_dumps(look, JSON_COMPACT);
	json_decref(look);
	return w->look != NULL;
}

/* As large as the console takes it, and looked at apart as there. */
static int read_logo(struct writing *w)
{
	enum paper_result result;
	struct buf file;
	int status = EXIT_OK;

	if (w->a->logo == NULL)
		return EXIT_OK;
	buf_init(&file, (size_t)w->context->settings.paper_mb << 20);
	if (!file_read(w->a->logo, &file)) {
		status =
		    command_fail(w->context, EXIT_FAILED, "%s: %s", w->a->logo,
				 file.failed ? paper_reason(PAPER_TOO_LARGE) : strerror(errno));
	} else {
		result = paper_logo(buf_slice(&file), &w->logo);
		if (result == PAPER_UNKNOWN)
			status = command_fail(w->context, EXIT_FAILED,
					      "%s: it is neither JPEG, PNG nor WebP", w->a->logo);
		else if (result != PAPER_OK)
			status = command_fail(w->context, EXIT_FAILED, "%s: %s", w->a->logo,
					      paper_reason(result));
	}
	buf_release(&file);
	return status;
}

/* --- add and set --- */

static PGresult *ask(struct writing *w, const struct sql_query *query)
{
	return db_query(
	    w->db, query,
	    DB_VALUES(db_text(w->a->slug.words[0]), db_text(w->look), db_text(w->a->time_zone)));
}

/* Adding the same brand again is no mistake; adding another one of the same name is. */
static int exists_already(struct writing *w)
{
	PGresult *rows = ask(w, &sql_brand_same);
	bool same = rows != NULL && db_bool_at(rows, 0, 0) && w->a->logo == NULL;

	PQclear(rows);
	if (same)
		return EXIT_OK;
	return command_fail(w->context, EXIT_FAILED,
			    "there is a brand %s already (`suyuan brand set` changes it)",
			    w->a->slug.words[0]);
}

static bool write_logo(struct writing *w, int64_t brand)
{
	struct db_value bytes = w->drops_logo ? db_text(NULL) : db_bytes(w->logo.bytes);

	if (!w->drops_logo && w->logo.bytes.length == 0)
		return true;
	return db_run(w->db, &sql_brand_logo,
		      DB_VALUES(db_number(brand), bytes, db_number(w->logo.picture.width),
				db_number(w->logo.picture.height)));
}

/* *ret_id of the one row; its count, -1: an error. */
static int change(struct writing *w, const struct sql_query *query, int64_t *ret_id)
{
	PGresult *rows = ask(w, query);
	int found = rows == NULL ? -1 : PQntuples(rows);

	if (found == 1)
		*ret_id = db_number_at(rows, 0, 0);
	PQclear(rows);
	return found;
}

static int write_in_transaction(struct writing *w)
{
	const char *slug = w->a->slug.words[0];
	int found = 1;
	int64_t id = 0;

	if (w->add)
		found = change(w, &sql_brand_add, &id);
	if (found == 0)
		return exists_already(w);
	/* also of a new one, whose names alone are in its row until now */
	if (found == 1)
		found = change(w, &sql_brand_set, &id);
	if (found == 0)
		return command_fail(w->context, EXIT_FAILED, "there is no brand %s", slug);
	if (found < 0 || !write_logo(w, id) || !projection_brand(w->db, id) || !db_commit(w->db))
		return command_fail_store(w->context, w->db, slug);
	return EXIT_OK;
}

/* What the console's page says of a colour: the public page takes one that can be read instead. */
static void tell_contrast(const struct writing *w)
{
	static const struct {
		const char *name;
		const struct colour *ground;
	} grounds[] = { { "light", &contrast_ground_light }, { "dark", &contrast_ground_dark } };
	struct colour c;

	if (w->context->json || w->a->accent == NULL || !colour_parse(slice_of(w->a->accent), &c))
		return;
	for (size_t i = 0; i < COUNT_OF(grounds); i++) {
		struct colour near = colour_against(c, *grounds[i].ground);

		if (colour_contrast(c, *grounds[i].ground) < 4.5)
			fprintf(stderr,
				"suyuan: %s stands %.2f to 1 on the %s page, where text needs 4.5: "
				"shown there as #%02x%02x%02x\n",
				w->a->accent, colour_contrast(c, *grounds[i].ground),
				grounds[i].name, near.red, near.green, near.blue);
	}
}

/* By PostgreSQL's own list, which knows what the machine's database of zones has. */
static int check_zone(struct writing *w)
{
	const char *zone = w->a->time_zone, *near;
	int status = EXIT_OK;
	PGresult *rows;

	if (zone == NULL)
		return EXIT_OK;
	rows = db_query(w->db, &sql_brand_zone, DB_VALUES(db_text(zone)));
	if (rows == NULL)
		return command_fail_store(w->context, w->db, "nothing was changed");
	near = PQgetvalue(rows, 0, 1);
	if (!db_bool_at(rows, 0, 0))
		status = command_fail(w->context, EXIT_FAILED,
				      "%s is no time zone that PostgreSQL knows "
				      "(pg_timezone_names)%s%s; nothing was changed",
				      zone, near[0] == '\0' ? "" : ": did you mean ", near);
	PQclear(rows);
	return status;
}

static int write_brand(struct writing *w)
{
	int status = read_logo(w);

	if (status == EXIT_OK && !collect(w))
		status = command_fail(w->context, EXIT_FAILED, "out of memory");
	if (status == EXIT_OK)
		status = command_open(w->context, w->db);
	if (status == EXIT_OK)
		status = check_zone(w);
	if (status != EXIT_OK)
		return status;
	status = db_begin(w->db) ? write_in_transaction(w)
				 : command_fail_store(w->context, w->db, w->a->slug.words[0]);
	db_rollback(w->db);
	if (status == EXIT_OK)
		tell_contrast(w);
	return status;
}

static int check_arguments(const struct brand_arguments *a, bool add)
{
	if (add && json_object_size(a->name) == 0)
		return command_usage(&command_brand, "give at least one --name LANGUAGE=NAME");
	if (add && a->drop.count > 0)
		return command_usage(&command_brand, "a new brand has nothing to --drop");
	return EXIT_OK;
}

static int brand_write(struct command_context *context, int argc, char **argv, bool add)
{
	struct brand_arguments a = { .name = json_object(),
				     .motto = json_object(),
				     .about = json_object(),
				     .contact = json_object() };
	struct db db = { 0 };
	struct writing w = { .context = context, .db = &db, .a = &a, .add = add };
	int status = EXIT_USAGE;

	if (arguments_read(&command_brand, rules, argc, argv, &a))
		status = check_arguments(&a, add);
	if (status == EXIT_OK)
		status = write_brand(&w);
	db_close(&db);
	free(w.look);
	paper_release(&w.logo);
	free(a.drop.words);
	json_decref(a.name);
	json_decref(a.motto);
	json_decref(a.about);
	json_decref(a.contact);
	return status;
}

/* --- list --- */

static void print_brand(const PGresult *rows, int i, bool json)
{
	if (json) {
		json_line_print(json_pack(
		    "{s:s,s:o,s:o,s:s,s:I,s:o,s:o,s:s,s:s}", "slug", PQgetvalue(rows, i, 0), "name",
		    json_loads(PQgetvalue(rows, i, 1), 0, NULL), "contact",
		    json_loads(PQgetvalue(rows, i, 2), 0, NULL), "accent", PQgetvalue(rows, i, 3),
		    "gtins", (json_int_t)db_number_at(rows, i, 4), "motto",
		    json_loads(PQgetvalue(rows, i, 5), 0, NULL), "about",
		    json_loads(PQgetvalue(rows, i, 6), 0, NULL), "logo", PQgetvalue(rows, i, 7),
		    "time_zone", PQgetvalue(rows, i, 8)));
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
	.arguments = "add | set SLUG [--name LANGUAGE=NAME]... [--motto LANGUAGE=TEXT]... "
		     "[--about LANGUAGE=TEXT]... [--contact KEY=TEXT]... [--accent #rrggbb] "
		     "[--logo FILE] [--time-zone ZONE] [--drop MEMBER]..."
		     " | own SLUG GTIN... | list",
	.summary = "add brands, say how they appear and which GTINs are theirs",
	.help =
	    "  --name LANGUAGE=NAME   once a language: --name zh-CN=青屏茶社 --name en=\"Tea "
	    "House\"\n"
	    "  --motto LANGUAGE=TEXT  one line under the name, 120 characters\n"
	    "  --about LANGUAGE=TEXT  a few sentences at the foot of the page, 1000 characters\n"
	    "  --contact KEY=TEXT     phone, email or url, for the public page\n"
	    "  --accent #rrggbb       the brand's colour; where it cannot be read on the page, "
	    "a nearer one is\n"
	    "                         shown and told\n"
	    "  --logo FILE            JPEG, PNG or WebP; made small, and nothing else of the "
	    "file kept\n"
	    "  --time-zone ZONE       in which its people read times and days begin: "
	    "Asia/Shanghai; "
	    "UTC unless said.\n"
	    "                         A best-before date is over when its day ends there; "
	    "without a zone, where\n"
	    "                         the brand's first facility is\n"
	    "  --drop MEMBER          of `set`, what shall be there no longer: logo, accent, "
	    "phone, motto.fr\n\n"
	    "`set` changes what is named and leaves the rest; it is public at once, and the "
	    "console's *Look* keeps\n"
	    "every version. A GTIN belongs to one brand for ever.\n",
	.run = run,
};
