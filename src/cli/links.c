/* `suyuan links`: where the GS1 resolver sends those who ask for a GTIN, a lot or an item. */
#include "cli/links.h"

#include "base/buf.h"
#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/plain_text.h"
#include "model/gs1.h"
#include "store/sql.h"

extern const struct command command_links;

struct links_arguments {
	struct links_place place;
	const char *brand;
	const char *type, *href, *title, *hreflang, *media, *context, *role, *from, *until;
	bool no_query, private;
	struct word_list operands; /* of import and mode */
};

static bool read_serial(struct slice text, void *member)
{
	if (!gs1_serial_ok(text))
		return false;
	*(const char **)member = text.data;
	return true;
}

static const struct option_rule rules[] = {
	OPTION(GTIN, "gtin", struct links_arguments, place.gtin),
	OPTION(LOT, "lot", struct links_arguments, place.lot),
	OPTION(OTHER, "serial", struct links_arguments, place.serial, .read = read_serial,
	       .wants = "a serial, GS1 AI (21)"),
	OPTION(TEXT, "brand", struct links_arguments, brand),
	OPTION(TEXT, "type", struct links_arguments, type),
	OPTION(TEXT, "href", struct links_arguments, href),
	OPTION(TEXT, "title", struct links_arguments, title),
	OPTION(TEXT, "hreflang", struct links_arguments, hreflang),
	OPTION(TEXT, "media-type", struct links_arguments, media),
	OPTION(TEXT, "context", struct links_arguments, context),
	OPTION(TEXT, "default", struct links_arguments, role),
	OPTION(TEXT, "from", struct links_arguments, from),
	OPTION(TEXT, "until", struct links_arguments, until),
	OPTION(FLAG, "no-query", struct links_arguments, no_query),
	OPTION(FLAG, "private", struct links_arguments, private),
	OPTION(OPERANDS, "FILE or redirect or page", struct links_arguments, operands, .least = 0,
	       .most = 1),
	OPTIONS_END,
};

struct work {
	struct command_context *context;
	struct db *db;
	const struct links_arguments *a;
};

static int fail_store(const struct work *w)
{
	return command_fail_store(w->context, w->db, "links");
}

/* --- add and set ----------------------------------------------------------------------------- */

bool links_put(struct db *db, const struct sql_query *how, const struct links_place *place,
	       const char *row, const char *source, struct links_done *done)
{
	struct buf list;
	PGresult *rows = NULL;

	buf_init(&list, 1 << 16);
	buf_add_format(&list, "[%s]", row);
	if (buf_string(&list) != NULL)
		rows = db_query(db, how,
				DB_VALUES(db_number((int64_t)place->gtin), db_text(place->lot),
					  db_text(place->serial), db_text(list.data),
					  db_text(source)));
	if (rows != NULL) {
		done->added += db_number_at(rows, 0, 0);
		done->changed += db_number_at(rows, 0, 1);
		done->same += db_number_at(rows, 0, 2);
	}
	buf_release(&list);
	if (rows == NULL)
		return false;
	PQclear(rows);
	return true;
}

/* The options as the object that the API takes, too. */
static json_t *given(const struct links_arguments *a)
{
	return json_pack("{s:s?,s:s?,s:s?,s:s?,s:s?,s:s?,s:s?,s:b,s:b,s:s?,s:s?}", "link_type",
			 a->type, "href", a->href, "title", a->title, "hreflang", a->hreflang,
			 "media_type", a->media, "context", a->context, "default", a->role,
			 "forward_query", !a->no_query, "public", !a->private, "valid_from",
			 a->from, "valid_until", a->until);
}

static void print_done(const struct work *w, const struct links_done *done)
{
	if (w->context->json)
		json_line_print(json_pack("{s:I,s:I,s:I}", "added", (json_int_t)done->added,
					  "changed", (json_int_t)done->changed, "same",
					  (json_int_t)done->same));
	else
		printf("%s\n", done->added > 0	   ? "added"
			       : done->changed > 0 ? "changed"
						   : "it is so already");
}

static int put_row(struct work *w, const char *row, bool only_new)
{
	struct links_done done = { 0 };

	if (!db_begin(w->db) ||
	    !links_put(w->db, &sql_links_put, &w->a->place, row, "links", &done))
		return fail_store(w);
	if (only_new && done.added == 0)
		return command_fail(w->context, EXIT_FAILED,
				    "there is such a link already (`suyuan links set` changes it)");
	if (!db_commit(w->db))
		return fail_store(w);
	print_done(w, &done);
	return EXIT_OK;
}

static int put(struct work *w, bool only_new)
{
	struct link_fault fault;
	json_t *object = given(w->a), *row = link_given_read(object, &fault);
	char *text = row == NULL ? NULL : json_dumps(row, JSON_COMPACT);
	int status;

	if (row == NULL)
		status = command_usage(&command_links, "%s %s", fault.member, fault.reason);
	else if (text == NULL)
		status = command_fail(w->context, EXIT_FAILED, "out of memory");
	else
		status = put_row(w, text, only_new);
	free(text);
	json_decref(row);
	json_decref(object);
	return status;
}

static int add(struct work *w)
{
	return put(w, true);
}

static int change(struct work *w)
{
	return put(w, false);
}

/* --- remove ---------------------------------------------------------------------------------- */

struct filter {
	struct link_type_text type;
	struct link_list_text hreflang, context;
	struct link_media_text media;
};

static bool read_filter(const struct links_arguments *a, struct filter *ret)
{
	if (a->type != NULL && link_type_read(slice_of(a->type), &ret->type) != LINK_TYPE_OK)
		return false;
	return (a->hreflang == NULL ||
		link_languages_read(slice_of(a->hreflang), &ret->hreflang)) &&
	       (a->context == NULL || link_contexts_read(slice_of(a->context), &ret->context)) &&
	       (a->media == NULL || link_media_type_read(slice_of(a->media), &ret->media));
}

static int removed(struct work *w, int64_t count)
{
	if (w->context->json)
		json_line_print(json_pack("{s:I}", "removed", (json_int_t)count));
	else
		printf("%lld removed\n", (long long)count);
	return count > 0 ? EXIT_OK : command_fail(w->context, EXIT_FAILED, "there is no such link");
}

static int take_away(struct work *w)
{
	const struct links_arguments *a = w->a;
	struct filter f;
	PGresult *rows;
	int64_t count;

	if (!read_filter(a, &f))
		return command_usage(&command_links, "no link can be of that type, language, media "
						     "type or context");
	rows = db_query(
	    w->db, &sql_links_remove,
	    DB_VALUES(db_number((int64_t)a->place.gtin), db_text(a->place.lot),
		      db_text(a->place.serial), db_text(a->type == NULL ? NULL : f.type.text),
		      db_text(a->href), db_text(a->hreflang == NULL ? NULL : f.hreflang.text),
		      db_text(a->media == NULL ? NULL : f.media.text),
		      db_text(a->context == NULL ? NULL : f.context.text), db_text("links")));
	if (rows == NULL)
		return fail_store(w);
	count = db_number_at(rows, 0, 0);
	PQclear(rows);
	return removed(w, count);
}

/* --- list ------------------------------------------------------------------------------------ */

enum column {
	GTIN,
	LOT,
	SERIAL,
	TYPE,
	HREF,
	TITLE,
	HREFLANG,
	MEDIA_TYPE,
	CONTEXT,
	ROLE,
	FORWARDS,
	PUBLIC,
	FROM,
	UNTIL,
	TO_COME,
	ENDED
};

static void print_json(const PGresult *rows, int i)
{
	const char *role = PQgetvalue(rows, i, ROLE);

	json_line_print(json_pack(
	    "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:s,s:s}", "gtin",
	    PQgetvalue(rows, i, GTIN), "lot", PQgetvalue(rows, i, LOT), "serial",
	    PQgetvalue(rows, i, SERIAL), "link_type", PQgetvalue(rows, i, TYPE), "href",
	    PQgetvalue(rows, i, HREF), "title", PQgetvalue(rows, i, TITLE), "hreflang",
	    PQgetvalue(rows, i, HREFLANG), "media_type", PQgetvalue(rows, i, MEDIA_TYPE), "context",
	    PQgetvalue(rows, i, CONTEXT), "default",
	    role[0] == '\0'		   ? "no"
	    : strcmp(role, "default") == 0 ? "one"
					   : role,
	    "forward_query", db_bool_at(rows, i, FORWARDS), "public", db_bool_at(rows, i, PUBLIC),
	    "valid_from", PQgetvalue(rows, i, FROM), "valid_until", PQgetvalue(rows, i, UNTIL)));
}

static const char *state_of(const PGresult *rows, int i)
{
	if (!db_bool_at(rows, i, PUBLIC))
		return "private";
	if (db_bool_at(rows, i, ENDED))
		return "ended";
	return db_bool_at(rows, i, TO_COME) ? "to come" : "";
}

static void print_link(const PGresult *rows, int i, bool json)
{
	struct link_type_text type = link_type_short(PQgetvalue(rows, i, TYPE));
	static const enum column rest[] = { HREFLANG, MEDIA_TYPE, CONTEXT, ROLE };

	if (json) {
		print_json(rows, i);
		return;
	}
	printf("/01/%s", PQgetvalue(rows, i, GTIN));
	if (PQgetvalue(rows, i, LOT)[0] != '\0')
		printf("/10/%s", PQgetvalue(rows, i, LOT));
	if (PQgetvalue(rows, i, SERIAL)[0] != '\0')
		printf("/21/%s", PQgetvalue(rows, i, SERIAL));
	printf("  %s  %s  \"", type.text, PQgetvalue(rows, i, HREF));
	plain_text_print(stdout, db_slice_at(rows, i, TITLE));
	putchar('"');
	for (size_t k = 0; k < COUNT_OF(rest); k++)
		if (PQgetvalue(rows, i, rest[k])[0] != '\0')
			printf("  %s", PQgetvalue(rows, i, rest[k]));
	if (state_of(rows, i)[0] != '\0')
		printf("  (%s)", state_of(rows, i));
	putchar('\n');
}

static int list(struct work *w)
{
	const struct links_place *p = &w->a->place;
	int64_t brand = 0;
	int status = EXIT_OK;

	if (w->a->brand != NULL)
		status = command_brand_id(w->context, w->db, w->a->brand, &brand);
	if (status != EXIT_OK)
		return status;
	return command_list(w->context, w->db, "the links cannot be read", print_link,
			    &sql_links_list,
			    DB_VALUES(db_number(brand), db_number((int64_t)p->gtin),
				      db_text(p->lot[0] == '\0' ? NULL : p->lot),
				      db_text(p->serial[0] == '\0' ? NULL : p->serial)));
}

/* --- mode ------------------------------------------------------------------------------------ */

static int mode(struct work *w)
{
	const char *word = w->a->operands.count == 1 ? w->a->operands.words[0] : "";
	bool redirects = strcmp(word, "redirect") == 0;
	int64_t brand;
	int status;

	if ((!redirects && strcmp(word, "page") != 0) || w->a->brand == NULL)
		return command_usage(&command_links, "mode: give --brand, and redirect or page");
	status = command_brand_id(w->context, w->db, w->a->brand, &brand);
	if (status != EXIT_OK)
		return status;
	if (!db_run(w->db, &sql_links_mode,
		    DB_VALUES(db_number(brand), db_text(redirects ? "true" : "false"))))
		return fail_store(w);
	return EXIT_OK;
}

/* --- the command ----------------------------------------------------------------------------- */

static int import(struct work *w)
{
	if (w->a->operands.count != 1)
		return command_usage(&command_links,
				     "import: name one FILE, or - for standard input");
	return links_import(w->context, w->a->operands.words[0]);
}

static const struct verb {
	const char *name;
	bool at_place, connects, takes_operand;
	int (*run)(struct work *w);
} verbs[] = {
	{ "add", true, true, false, add },	    { "set", true, true, false, change },
	{ "remove", true, true, false, take_away }, { "list", false, true, false, list },
	{ "import", false, false, true, import },   { "mode", false, true, true, mode },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int check(const struct verb *verb, const struct links_arguments *a)
{
	if (verb->at_place && a->place.gtin == 0)
		return command_usage(&command_links, "%s: give --gtin", verb->name);
	if (a->place.lot[0] != '\0' && a->place.serial[0] != '\0')
		return command_usage(&command_links,
				     "a serial's links name no lot: leave out --lot or --serial");
	if (!verb->takes_operand && a->operands.count > 0)
		return command_usage(&command_links, "%s: \"%s\" is too much", verb->name,
				     a->operands.words[0]);
	return EXIT_OK;
}

static int run(struct command_context *context, int argc, char **argv)
{
	struct links_arguments a = { .place = { 0, "", "" } };
	struct db db = { 0 };
	struct work w = { context, &db, &a };
	const struct verb *verb = argc < 2 ? NULL : find_verb(argv[1]);
	int status = EXIT_USAGE;

	if (verb == NULL)
		return command_usage(&command_links, "say add, set, remove, list, import or mode");
	if (arguments_read(&command_links, rules, argc - 1, argv + 1, &a))
		status = check(verb, &a);
	if (status == EXIT_OK && verb->connects)
		status = command_open(context, &db);
	if (status == EXIT_OK)
		status = verb->run(&w);
	if (verb->connects)
		db_rollback(&db);
	db_close(&db);
	return status;
}

const struct command command_links = {
	.name = "links",
	.arguments = "add|set --gtin GTIN [--lot LOT|--serial SERIAL] --type TYPE --href URL "
		     "--title TEXT [...] | "
		     "remove --gtin GTIN [...] | list | import FILE | "
		     "mode --brand SLUG redirect|page",
	.summary = "where the GS1 resolver sends who asks for a GTIN, a lot or an item",
	.help =
	    "  add                a new link of a GTIN, of its --lot or of one --serial\n"
	    "  set                the same, or changes the one there is: place, type, address,\n"
	    "                     languages, media type and context say which\n"
	    "  remove             ends the links that are as the options say\n"
	    "  list               the links there are, of one --brand or --gtin\n"
	    "  import FILE        many at once, all or none: JSON lines, or CSV whose first line "
	    "names\n"
	    "                     columns; gtin, lot, serial and the members of the API: "
	    "link_type, "
	    "href,\n"
	    "                     title, hreflang, media_type, context, default, forward_query, "
	    "public,\n"
	    "                     valid_from, valid_until\n"
	    "  mode               what a brand's items answer without a link type: their own "
	    "page,\n"
	    "                     or a redirection to the default link\n"
	    "  --type TYPE        gs1:pip or another type of the GS1 Web Vocabulary, or a URL\n"
	    "  --href URL         where it goes, http or https\n"
	    "  --title TEXT       what stands there, for people\n"
	    "  --hreflang TAGS    its languages: en,zh-CN\n"
	    "  --media-type TYPE  text/html\n"
	    "  --context CODES    whom it is for: countries, or what the brand agrees on\n"
	    "  --default one|multi  who asks for no type is sent here; multi: one of several such, "
	    "by\n"
	    "                     language, media type or context\n"
	    "  --no-query         the query of the request is not passed on\n"
	    "  --private          kept, not shown\n"
	    "  --from, --until TIME  when it is valid: 2026-09-01, that whole day by the brand's "
	    "clock, "
	    "the last\n"
	    "                     one included; or a moment, 2026-09-01T08:00:00+08:00\n",
	.run = run,
};
