/* Reads a file of links, tells every line that is wrong, and takes all of it in or nothing. */
#include "cli/links.h"

#include <errno.h>

#include "base/arena.h"
#include "base/buf.h"
#include "cli/database.h"
#include "cli/json_line.h"
#include "cli/lines.h"
#include "job/csv_file.h"
#include "model/gs1.h"
#include "store/sql.h"

enum { LINE_MOST = 64 << 10, KEPT_MOST = 1 << 30, REFUSED_SHOWN = 100 };

/* A link that is well said. */
struct kept {
	struct kept *next;
	struct links_place place;
	const char *row; /* as trace.put_links() takes it */
	uint64_t line;
};

struct import {
	struct command_context *context;
	struct db *db;
	const char *path;
	uint64_t read, refused;
	struct arena memory;
	struct kept *first, **end; /* in the order of the file */
	size_t kept;
	json_t *changed; /* their places, to be published */
	struct links_done done;
};

static int read_failed(const struct import *m)
{
	return command_fail(m->context, EXIT_FAILED, "%s: %s", m->path, strerror(errno));
}

static int out_of_memory(const struct import *m)
{
	return command_fail(m->context, EXIT_FAILED, "out of memory");
}

static void refuse(struct import *m, uint64_t line, const char *member, const char *reason)
{
	if (m->refused++ >= REFUSED_SHOWN)
		return;
	(void)command_fail(m->context, EXIT_REJECTED, "%s:%llu: %s %s", m->path,
			   (unsigned long long)line, member, reason);
}

/* Takes a member out of the object; "" where there is none. False: it is no text. */
static bool take_text(const json_t *object, const char *member, const char **ret_text)
{
	const json_t *value = json_object_get(object, member);

	*ret_text = json_is_string(value) ? json_string_value(value) : "";
	return value == NULL || json_is_null(value) || json_is_string(value);
}

static const char *read_place(const json_t *object, struct links_place *ret_place,
			      const char **ret_member)
{
	const char *gtin;

	*ret_member = "gtin";
	if (!take_text(object, "gtin", &gtin) ||
	    gtin_parse(slice_of(gtin), &ret_place->gtin) != GTIN_OK)
		return "is not a GTIN";
	*ret_member = "lot";
	if (!take_text(object, "lot", &ret_place->lot) ||
	    (ret_place->lot[0] != '\0' && !gs1_lot_ok(slice_of(ret_place->lot))))
		return "is not a lot";
	*ret_member = "serial";
	if (!take_text(object, "serial", &ret_place->serial) ||
	    (ret_place->serial[0] != '\0' && !gs1_serial_ok(slice_of(ret_place->serial))))
		return "is not a serial";
	if (ret_place->lot[0] != '\0' && ret_place->serial[0] != '\0')
		return "and lot: a serial's links name no lot";
	return NULL;
}

static const char *copy(struct import *m, const char *text)
{
	return arena_copy(&m->memory, slice_of(text)).data;
}

static int keep(struct import *m, const struct links_place *place, const json_t *row, uint64_t line)
{
	struct kept *kept = arena_alloc(&m->memory, sizeof(*kept));
	char *text = json_dumps(row, JSON_COMPACT);
	bool whole = kept != NULL && text != NULL;

	if (whole)
		*kept = (struct kept){
			.place = { place->gtin, copy(m, place->lot), copy(m, place->serial) },
			.row = copy(m, text),
			.line = line,
		};
	free(text);
	if (!whole || m->memory.failed)
		return command_fail(m->context, EXIT_FAILED,
				    "%s: more links than can be taken in at once: part the file",
				    m->path);
	*m->end = kept;
	m->end = &kept->next;
	m->kept++;
	return EXIT_OK;
}

/* Takes the reference. */
static int take(struct import *m, json_t *taken, uint64_t line)
{
	static const char *const place_members[] = { "gtin", "lot", "serial" };
	json_t *object = json_copy(taken), *row;
	struct links_place place;
	struct link_fault fault;
	const char *member, *wrong = read_place(taken, &place, &member);
	int status = EXIT_OK;

	m->read++;
	for (size_t i = 0; object != NULL && i < COUNT_OF(place_members); i++)
		(void)json_object_del(object, place_members[i]);
	row = wrong == NULL ? link_given_read(object, &fault) : NULL;
	if (wrong != NULL)
		refuse(m, line, member, wrong);
	else if (row == NULL)
		refuse(m, line, fault.member, fault.reason);
	else
		status = keep(m, &place, row, line);
	json_decref(row);
	json_decref(object);
	json_decref(taken);
	return status;
}

/* --- JSON lines ------------------------------------------------------------------------------ */

static int take_line(struct import *m, struct slice text, uint64_t line)
{
	json_error_t error;
	json_t *object = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, &error);

	if (json_is_object(object))
		return take(m, object, line);
	json_decref(object);
	m->read++;
	refuse(m, line, "the line", "is not a JSON object");
	return EXIT_OK;
}

static int read_lines(struct import *m, FILE *in)
{
	enum line_result result;
	uint64_t number = 0;
	struct slice text;
	struct buf line;
	int status = EXIT_OK;

	buf_init(&line, LINE_MOST);
	while (status == EXIT_OK &&
	       (result = line_read_text(in, &line, &number, &text)) != LINE_END) {
		if (result == LINE_FAILED)
			status = read_failed(m);
		else if (result == LINE_TOO_LONG)
			refuse(m, number, "the line", "is too long");
		else if (slice_trim(text).length > 0)
			status = take_line(m, text, number);
	}
	buf_release(&line);
	return status;
}

/* --- CSV ------------------------------------------------------------------------------------- */

/* An empty cell says nothing. */
static json_t *object_of(const struct csv_file *file)
{
	json_t *object = json_object();

	for (size_t i = 0; i < file->csv.count; i++) {
		struct slice name = csv_file_name(file, i), text = csv_text(&file->csv, i);

		if (text.length > 0)
			(void)json_object_setn_new(object, name.data, name.length,
						   json_stringn(text.data, text.length));
	}
	return object;
}

static int read_records(struct import *m, struct csv_file *file)
{
	enum csv_file_result result;
	int status = EXIT_OK;

	while (status == EXIT_OK && (result = csv_file_next(file)) != CSV_FILE_END) {
		if (result == CSV_FILE_FAILED)
			status = read_failed(m);
		else if (file->csv.fault != CSV_FINE)
			refuse(m, file->csv.fault_line,
			       "the record:", csv_fault_reason(file->csv.fault));
		else
			status = take(m, object_of(file), file->csv.first_line);
	}
	return status;
}

static int read_csv(struct import *m, FILE *in)
{
	struct csv_file file;
	int status = EXIT_OK;

	if (!csv_file_init(&file, in, ',', CSV_CELL_STANDARD))
		return out_of_memory(m);
	switch (csv_file_next(&file)) {
	case CSV_FILE_FAILED:
		status = read_failed(m);
		break;
	case CSV_FILE_END:
		break;
	case CSV_FILE_RECORD:
		if (!csv_file_keep_names(&file))
			status = out_of_memory(m);
		else
			status = read_records(m, &file);
	}
	csv_file_release(&file);
	return status;
}

/* --- PostgreSQL ------------------------------------------------------------------------------ */

static int fail_store(const struct import *m)
{
	return command_fail_store(m->context, m->db, "links");
}

/*
 * All GTINs at once: two imports that took them line by line, each in the order of its file, would
 * wait for one another.
 */
static bool lock_gtins(struct import *m)
{
	struct buf list;
	bool ok;

	buf_init(&list, m->kept * sizeof("00000000000000,") + sizeof("{}"));
	for (const struct kept *k = m->first; k != NULL; k = k->next) {
		buf_add_char(&list, k == m->first ? '{' : ',');
		buf_add_u64(&list, k->place.gtin);
	}
	buf_add_string(&list, m->first == NULL ? "{}" : "}");
	ok = buf_string(&list) != NULL &&
	     db_run(m->db, &sql_links_lock, DB_VALUES(db_text(list.data)));
	buf_release(&list);
	return ok;
}

static int keep_changed(struct import *m, const struct links_place *place)
{
	json_t *taken = json_pack("{s:I,s:s,s:s}", "gtin", (json_int_t)place->gtin, "lot",
				  place->lot, "serial", place->serial);

	return json_array_append_new(m->changed, taken) == 0 ? EXIT_OK : out_of_memory(m);
}

/* What SQL says no to is the line's fault; anything else ends the import. */
static int put(struct import *m, const struct kept *k)
{
	int64_t before = m->done.added + m->done.changed;

	if (links_put(m->db, &sql_links_record, &k->place, k->row, m->path, &m->done))
		return m->done.added + m->done.changed == before ? EXIT_OK
								 : keep_changed(m, &k->place);
	if (strncmp(m->db->error.sqlstate, "SY4", 3) != 0 &&
	    strncmp(m->db->error.sqlstate, "22", 2) != 0 &&
	    strncmp(m->db->error.sqlstate, "23", 2) != 0)
		return fail_store(m);
	refuse(m, k->line, "refused:", m->db->error.text);
	/* What was put is undone: what follows is only checked. The locks stay. */
	return db_execute(m->db, "ROLLBACK TO SAVEPOINT locked") ? EXIT_OK : fail_store(m);
}

/*
 * What is public changes last: this touches the rows of the GTINs, and who recalls one or hides a
 * field of it waits for those.
 */
static int publish(struct import *m)
{
	char *places;
	bool ok;

	if (json_array_size(m->changed) == 0 || m->refused > 0)
		return EXIT_OK;
	places = json_dumps(m->changed, JSON_COMPACT);
	if (places == NULL)
		return out_of_memory(m);
	ok = db_run(m->db, &sql_links_publish, DB_VALUES(db_text(places)));
	free(places);
	return ok ? EXIT_OK : fail_store(m);
}

static int put_all(struct import *m)
{
	int status = EXIT_OK;

	if (!db_begin(m->db) || !lock_gtins(m) || !db_execute(m->db, "SAVEPOINT locked"))
		return fail_store(m);
	for (const struct kept *k = m->first; k != NULL && status == EXIT_OK; k = k->next)
		status = put(m, k);
	return status == EXIT_OK ? publish(m) : status;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* JSON lines begin with a brace. */
static bool is_json(FILE *in)
{
	int first = getc(in);

	if (first != EOF)
		(void)ungetc(first, in);
	return first == '{';
}

static int finish(struct import *m)
{
	if (m->refused > 0)
		return command_fail(m->context, EXIT_REJECTED,
				    "%s: %llu of %llu links are wrong, nothing was taken in",
				    m->path, (unsigned long long)m->refused,
				    (unsigned long long)m->read);
	if (!db_commit(m->db))
		return fail_store(m);
	if (m->context->json)
		json_line_print(json_pack("{s:I,s:I,s:I,s:I}", "read", (json_int_t)m->read, "added",
					  (json_int_t)m->done.added, "changed",
					  (json_int_t)m->done.changed, "same",
					  (json_int_t)m->done.same));
	else
		printf("%llu read: %lld added, %lld changed, %lld the same\n",
		       (unsigned long long)m->read, (long long)m->done.added,
		       (long long)m->done.changed, (long long)m->done.same);
	return EXIT_OK;
}

int links_import(struct command_context *context, const char *path)
{
	struct db db = { 0 };
	struct import m = { .context = context, .db = &db, .path = path };
	bool standard = strcmp(path, "-") == 0;
	FILE *in = standard ? stdin : fopen(path, "re");
	int status;

	if (in == NULL)
		return read_failed(&m);
	m.end = &m.first;
	m.changed = json_array();
	arena_init(&m.memory, KEPT_MOST);
	status = is_json(in) ? read_lines(&m, in) : read_csv(&m, in);
	if (status == EXIT_OK)
		status = command_open(context, &db);
	if (status == EXIT_OK)
		status = put_all(&m);
	if (status == EXIT_OK)
		status = finish(&m);
	db_rollback(&db);
	db_close(&db);
	json_decref(m.changed);
	arena_release(&m.memory);
	if (!standard)
		(void)fclose(in);
	return status;
}
