/* `suyuan audit`: proves, exports and notes the log of changes. */
#include "cli/command.h"

#include <errno.h>

#include "cli/arguments.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/lines.h"
#include "cli/out_file.h"
#include "store/audit.h"
#include "store/sql.h"

extern const struct command command_audit;

enum { PIECE = 1000, LINE_MOST = 16 << 20, NAME_ROOM = 64 };

struct audit_arguments {
	const char *brand, *export, *head, *out;
};

static const struct option_rule verify_rules[] = {
	OPTION(TEXT, "brand", struct audit_arguments, brand),
	OPTION(TEXT, "export", struct audit_arguments, export),
	OPTION(TEXT, "head", struct audit_arguments, head),
	OPTIONS_END,
};

static const struct option_rule export_rules[] = {
	OPTION(TEXT, "brand", struct audit_arguments, brand),
	OPTION(TEXT, "out", struct audit_arguments, out),
	OPTIONS_END,
};

static const struct option_rule head_rules[] = {
	OPTION(TEXT, "brand", struct audit_arguments, brand),
	OPTIONS_END,
};

/* One invocation of the command. */
struct work {
	struct command_context *context;
	const struct audit_arguments *a;
	struct db db;
	bool differs;
	bool head_found;
	uint64_t entries;
};

/* --- a chain and what is wrong with it --- */

struct chain {
	int64_t id;
	char name[NAME_ROOM]; /* the brand's slug; "-": of no single brand */
	struct audit_check check;
	bool differs;
};

static void chain_begin(struct chain *c, const struct work *w, int64_t id, const char *name)
{
	*c = (struct chain){ .id = id };
	c->check.head = slice_of(w->a->head);
	(void)snprintf(c->name, sizeof(c->name), "%s", name[0] == '\0' ? "-" : name);
}

static void tell_difference(struct work *w, struct chain *c, const struct audit_link *link,
			    enum audit_result result)
{
	uint64_t number = result == AUDIT_NUMBER_MISSING ? c->check.number + 1 : link->number;
	const char *field = audit_field(c->check.field);

	w->differs = c->differs = true;
	if (w->context->json)
		json_line_print(json_pack(
		    "{s:s,s:b,s:I,s:I,s:s?,s:s}", "brand", c->name, "verified", 0, "number",
		    (json_int_t)number, "entry", (json_int_t)link->entry, "field",
		    field[0] == '\0' ? NULL : field, "reason", audit_reason(result)));
	else if (result == AUDIT_NUMBER_MISSING)
		printf("%s: number %llu: %s\n", c->name, (unsigned long long)number,
		       audit_reason(result));
	else
		printf("%s: number %llu, entry %llu%s%s: %s\n", c->name, (unsigned long long)number,
		       (unsigned long long)link->entry, field[0] == '\0' ? "" : ", field ", field,
		       audit_reason(result));
}

static void chain_add(struct work *w, struct chain *c, const struct audit_link *link)
{
	enum audit_result result;

	if (c->differs)
		return;
	result = audit_check_next(&c->check, link);
	if (result == AUDIT_FITS)
		w->entries++;
	else
		tell_difference(w, c, link, result);
}

static void chain_end(struct work *w, const struct chain *c)
{
	char hash[AUDIT_HEX_SIZE];

	w->head_found |= c->check.head_found;
	if (c->differs)
		return;
	audit_check_hash(&c->check, hash);
	if (w->context->json)
		json_line_print(json_pack("{s:s,s:b,s:I,s:s}", "brand", c->name, "verified", 1,
					  "entries", (json_int_t)c->check.number, "head", hash));
	else
		printf("%s: %llu entries, all as they were sealed, head %s\n", c->name,
		       (unsigned long long)c->check.number, hash);
}

/* --- from the database --- */

/* The columns of audit_links. */
enum { NUMBER, ENTRY, IS_THERE, HASH, MARKS, FIELDS };

static struct audit_link link_at(const PGresult *rows, int row)
{
	struct audit_link link = {
		.number = (uint64_t)db_number_at(rows, row, NUMBER),
		.entry = (uint64_t)db_number_at(rows, row, ENTRY),
		.is_there = db_bool_at(rows, row, IS_THERE),
		.hash = db_slice_at(rows, row, HASH),
		.marks = db_slice_at(rows, row, MARKS),
	};

	for (int i = 0; i < AUDIT_FIELDS; i++)
		link.fields[i] = db_slice_at(rows, row, FIELDS + i);
	return link;
}

/* Gives each link of a chain to `take`, in order. */
static int walk(struct work *w, int64_t chain,
		bool (*take)(struct work *w, void *arg, const struct audit_link *link), void *arg)
{
	uint64_t behind = 0;
	int count;

	do {
		PGresult *rows = db_query(
		    &w->db, &sql_audit_links,
		    DB_VALUES(db_number(chain), db_number((int64_t)behind), db_number(PIECE)));

		if (rows == NULL)
			return command_fail_store(w->context, &w->db, "audit");
		count = PQntuples(rows);
		for (int i = 0; i < count; i++) {
			struct audit_link link = link_at(rows, i);

			behind = link.number;
			if (!take(w, arg, &link)) {
				PQclear(rows);
				return EXIT_FAILED;
			}
		}
		PQclear(rows);
	} while (count == PIECE);
	return EXIT_OK;
}

/* Each chain that is asked for, from one picture of the database. */
static int each_chain(struct work *w,
		      int (*work)(struct work *w, void *arg, int64_t chain, const char *slug),
		      void *arg)
{
	PGresult *rows;
	int status = EXIT_OK;

	rows = db_query(&w->db, &sql_audit_chains,
			DB_VALUES(db_text(w->a->brand == NULL ? "" : w->a->brand)));
	if (rows == NULL)
		return command_fail_store(w->context, &w->db, "audit");
	for (int i = 0; status == EXIT_OK && i < PQntuples(rows); i++)
		status = work(w, arg, db_number_at(rows, i, 0), PQgetvalue(rows, i, 1));
	PQclear(rows);
	return status;
}

static int open_picture(struct work *w)
{
	int64_t brand;
	int status = command_open(w->context, &w->db);

	if (status == EXIT_OK && !db_execute(&w->db, "BEGIN ISOLATION LEVEL REPEATABLE READ"))
		status = command_fail_store(w->context, &w->db, "audit");
	if (status == EXIT_OK && w->a->brand != NULL)
		status = command_brand_id(w->context, &w->db, w->a->brand, &brand);
	return status;
}

/* --- verify --- */

static bool verify_link(struct work *w, void *arg, const struct audit_link *link)
{
	chain_add(w, arg, link);
	return true;
}

static int verify_chain(struct work *w, void *arg, int64_t id, const char *slug)
{
	struct chain c;
	int status;

	(void)arg;
	chain_begin(&c, w, id, slug);
	status = walk(w, id, verify_link, &c);
	if (status == EXIT_OK)
		chain_end(w, &c);
	return status;
}

static void tell_loose(struct work *w, const PGresult *rows)
{
	long long waiting = db_number_at(rows, 0, 0), seconds = db_number_at(rows, 0, 1);
	long long inserted = db_number_at(rows, 0, 2), first = db_number_at(rows, 0, 3);

	w->differs |= inserted > 0;
	if (w->context->json) {
		json_line_print(json_pack("{s:I,s:I,s:I,s:I}", "unsealed", (json_int_t)waiting,
					  "oldest_seconds", (json_int_t)seconds, "inserted",
					  (json_int_t)inserted, "first_inserted",
					  (json_int_t)first));
		return;
	}
	printf("%lld entries wait for their seal", waiting);
	printf(waiting == 0 ? "\n" : ", the oldest for %lld s\n", seconds);
	if (inserted > 0)
		printf("%lld entries have no seal and wait for none, the first is entry %lld: "
		       "inserted, or their seals were taken away\n",
		       inserted, first);
}

static int verify_loose(struct work *w)
{
	PGresult *rows = db_query(&w->db, &sql_audit_loose,
				  DB_VALUES(db_text(w->a->brand == NULL ? "" : w->a->brand)));

	if (rows == NULL)
		return command_fail_store(w->context, &w->db, "audit");
	tell_loose(w, rows);
	PQclear(rows);
	return EXIT_OK;
}

static int verify_database(struct work *w)
{
	int status = open_picture(w);

	if (status == EXIT_OK)
		status = each_chain(w, verify_chain, NULL);
	return status == EXIT_OK ? verify_loose(w) : status;
}

/* --- verify an export, without a database --- */

static struct slice text_of(const json_t *line, const char *name, char room[24])
{
	const json_t *value = json_object_get(line, name);

	if (json_is_string(value))
		return (struct slice){ json_string_value(value), json_string_length(value) };
	if (!json_is_integer(value))
		return S("");
	(void)snprintf(room, 24, "%lld", (long long)json_integer_value(value));
	return slice_of(room);
}

static void verify_line(struct work *w, struct chain *c, const json_t *line)
{
	char rooms[AUDIT_FIELDS + 2][24];
	struct audit_link link = {
		.number = (uint64_t)json_integer_value(json_object_get(line, "number")),
		.entry = (uint64_t)json_integer_value(json_object_get(line, "id")),
		.is_there = true,
		.hash = text_of(line, "hash", rooms[AUDIT_FIELDS]),
		.marks = text_of(line, "marks", rooms[AUDIT_FIELDS + 1]),
	};
	int64_t id = json_integer_value(json_object_get(line, "chain"));

	for (unsigned i = 0; i < AUDIT_FIELDS; i++)
		link.fields[i] = text_of(line, audit_field(i), rooms[i]);
	if (c->name[0] == '\0' || c->id != id) {
		char name[NAME_ROOM];

		if (c->name[0] != '\0')
			chain_end(w, c);
		(void)snprintf(name, sizeof(name), "brand %lld", (long long)id);
		chain_begin(c, w, id, id == 0 ? "" : name);
	}
	chain_add(w, c, &link);
}

static int verify_lines(struct work *w, FILE *in)
{
	struct chain c = { .id = 0 };
	struct buf b;
	uint64_t number = 0;
	enum line_result read;
	int status = EXIT_OK;

	buf_init(&b, LINE_MOST);
	while (status == EXIT_OK && (read = line_read(in, &b)) != LINE_END) {
		json_t *line = read == LINE_OK ? json_loadb(b.data, b.length, 0, NULL) : NULL;

		number++;
		if (json_is_object(line))
			verify_line(w, &c, line);
		else
			status = command_fail(w->context, EXIT_FAILED,
					      "%s: line %llu is no line of an export", w->a->export,
					      (unsigned long long)number);
		json_decref(line);
	}
	if (c.name[0] != '\0')
		chain_end(w, &c);
	buf_release(&b);
	return status;
}

static int verify_export(struct work *w)
{
	FILE *in = fopen(w->a->export, "r");
	int status;

	if (in == NULL)
		return command_fail(w->context, EXIT_FAILED, "%s: %s", w->a->export,
				    strerror(errno));
	status = verify_lines(w, in);
	(void)fclose(in);
	return status;
}

static bool is_hash(const char *text)
{
	return strlen(text) == 2 * AUDIT_HASH &&
	       strspn(text, "0123456789abcdefABCDEF") == 2 * AUDIT_HASH;
}

static int verify(struct work *w)
{
	int status;

	if (w->a->head != NULL && !is_hash(w->a->head))
		return command_usage(&command_audit, "--head: 64 hexadecimal digits");
	status = w->a->export != NULL ? verify_export(w) : verify_database(w);
	if (status != EXIT_OK)
		return status;
	if (w->a->head != NULL && !w->head_found)
		return command_fail(w->context, EXIT_REJECTED,
				    "the noted head is in no chain: entries were taken away or "
				    "changed since it was noted");
	if (w->differs)
		return command_fail(w->context, EXIT_REJECTED, "the log is not as it was sealed");
	return EXIT_OK;
}

/* --- export --- */

struct export
{
	struct out_file file;
	int64_t chain;
};

static json_t *text_json(struct slice text)
{
	return json_stringn(text.data == NULL ? "" : text.data, text.length);
}

static json_t *link_json(int64_t chain, const struct audit_link *link)
{
	json_t *line =
	    json_pack("{s:I,s:I}", "chain", (json_int_t)chain, "number", (json_int_t)link->number);

	for (unsigned i = 0; i < AUDIT_FIELDS; i++) {
		uint64_t number;
		json_t *value;

		if (i > 1)
			value = text_json(link->fields[i]);
		else if (slice_to_u64(link->fields[i], &number))
			value = json_integer((json_int_t)number);
		else
			value = json_null();
		(void)json_object_set_new(line, audit_field(i), value);
	}
	(void)json_object_set_new(line, "marks", text_json(link->marks));
	(void)json_object_set_new(line, "hash", text_json(link->hash));
	return line;
}

static bool export_link(struct work *w, void *arg, const struct audit_link *link)
{
	struct export *e = arg;
	json_t *line = link_json(e->chain, link);
	char *text = json_dumps(line, JSON_COMPACT);
	bool written = text != NULL && out_file_write(&e->file, slice_of(text)) &&
		       out_file_write(&e->file, S("\n"));

	json_decref(line);
	free(text);
	w->entries++;
	if (!written)
		(void)command_fail(w->context, EXIT_FAILED, "cannot write: %s", strerror(errno));
	return written;
}

static int export_chain(struct work *w, void *arg, int64_t chain, const char *slug)
{
	struct export *e = arg;

	(void)slug;
	e->chain = chain;
	return walk(w, chain, export_link, e);
}

static int export(struct work *w)
{
	struct export e = { .chain = 0 };
	char why[512];
	int status;

	if (!out_file_open(&e.file, w->a->out, why, sizeof(why)))
		return command_fail(w->context, EXIT_FAILED, "%s", why);
	status = open_picture(w);
	if (status == EXIT_OK)
		status = each_chain(w, export_chain, &e);
	if (status == EXIT_OK && !out_file_finish(&e.file, why, sizeof(why)))
		status = command_fail(w->context, EXIT_FAILED, "%s", why);
	out_file_release(&e.file);
	return status;
}

/* --- head --- */

static void print_head(const PGresult *rows, int row, bool json)
{
	const char *slug = PQgetvalue(rows, row, 1);

	if (json)
		json_line_print(
		    json_pack("{s:s,s:I,s:s,s:s}", "brand", slug[0] == '\0' ? "-" : slug, "number",
			      (json_int_t)db_number_at(rows, row, 2), "head",
			      PQgetvalue(rows, row, 3), "sealed_at", PQgetvalue(rows, row, 4)));
	else
		printf("%s %s %s %s\n", slug[0] == '\0' ? "-" : slug, PQgetvalue(rows, row, 2),
		       PQgetvalue(rows, row, 3), PQgetvalue(rows, row, 4));
}

static int head(struct work *w)
{
	int status = open_picture(w);

	if (status != EXIT_OK)
		return status;
	return command_list(w->context, &w->db, "audit", print_head, &sql_audit_chains,
			    DB_VALUES(db_text(w->a->brand == NULL ? "" : w->a->brand)));
}

/* --- */

static const struct {
	const char *name;
	const struct option_rule *rules;
	int (*work)(struct work *w);
} words[] = {
	{ "verify", verify_rules, verify },
	{ "export", export_rules, export },
	{ "head", head_rules, head },
};

static int run(struct command_context *context, int argc, char **argv)
{
	struct audit_arguments a = { .brand = NULL };
	struct work w = { .context = context, .a = &a };
	int status;

	for (size_t i = 0; argc > 1 && i < COUNT_OF(words); i++) {
		if (strcmp(argv[1], words[i].name) != 0)
			continue;
		if (!arguments_read(&command_audit, words[i].rules, argc - 1, argv + 1, &a))
			return EXIT_USAGE;
		status = words[i].work(&w);
		db_close(&w.db);
		return status;
	}
	return command_usage(&command_audit, "say verify, export or head");
}

const struct command command_audit = {
	.name = "audit",
	.arguments = "verify [--brand SLUG] [--export FILE] [--head HASH] | "
		     "export [--brand SLUG] [--out FILE] | head [--brand SLUG]",
	.summary = "the log of changes: prove that it is whole, export it, note its head",
	.help =
	    "verify   recomputes every hash; tells the first entry and field that differ, what is\n"
	    "         missing, put in or exchanged, and how much waits for its seal\n"
	    "export   one line of JSON an entry, in order\n"
	    "head     brand, number, hash and time of the newest entry of each chain\n\n"
	    "  --brand SLUG    only of this brand (standard: all, and what is of no single one)\n"
	    "  --export FILE   verify this export instead; needs no database\n"
	    "  --head HASH     this hash, noted earlier, must be in a chain: that nothing was cut\n"
	    "                  off at the end cannot be seen otherwise\n"
	    "  --out FILE      to a file instead of standard output\n\n"
	    "Exit status 3: the log is not as it was sealed. Chains are sealed by `suyuan jobs`, "
	    "a\n"
	    "second after the change. Note heads outside this machine. How to verify with a\n"
	    "program of your own: src/store/audit.h.\n",
	.run = run,
};
