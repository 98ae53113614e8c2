/*
 * The job "import": an uploaded file into the trace model, or a dry run of it; and, for a record
 * that was corrected by hand, the public documents that follow from it.
 *
 * What was recorded and what came of it are one commit: whoever takes the job up again after that
 * only makes the public documents anew, and before it begins at the beginning.
 */
#include <errno.h>
#include <jansson.h>

#include "job/import.h"
#include "job/kind.h"
#include "store/projection.h"
#include "store/sql.h"

extern const struct job_kind job_kind_import;

enum {
	PROFILE_MEMORY = 8 << 20,
	REPORT_MOST = 16 << 20, /* bytes of the refused rows' file */
	LINE_MOST = 16 << 10,
	SHOWN_MOST = 50, /* refusals on the page itself */
	SHOWN_VALUE = 100,
	AT_ONCE = 200, /* GTINs between two looks whether to go on */
};

struct work {
	struct task *task;
	json_t *order;
	const char *encoding, *name, *by;
	int64_t upload;
	bool dry_run;
	char brand[64];
	bool recorded;		       /* before */
	struct import_touched touched; /* recorded before, or now */
	/* reading */
	int64_t part;
	unsigned char *bytes; /* of the part at hand; PQfreemem() */
	struct slice rest;
	uint64_t taken; /* bytes of the upload */
	bool store_failed;
	/* refused rows */
	struct buf report, line, room;
	json_t *shown;
	uint64_t left_out;
};

/* --- the file, part by part ------------------------------------------------------------------ */

static bool fetch_part(struct work *w)
{
	PGresult *rows =
	    db_query(w->task->db, &sql_import_part,
		     DB_VALUES(db_number(w->upload), db_number(w->part), db_text(w->encoding)));
	size_t length = 0;

	PQfreemem(w->bytes);
	w->bytes = NULL;
	w->rest = (struct slice){ NULL, 0 };
	if (rows == NULL)
		return false;
	if (PQntuples(rows) == 1) {
		w->bytes = PQunescapeBytea((const unsigned char *)PQgetvalue(rows, 0, 0), &length);
		w->taken += (uint64_t)db_number_at(rows, 0, 1);
		w->part++;
	}
	if (w->bytes != NULL)
		w->rest = (struct slice){ (const char *)w->bytes, length };
	PQclear(rows);
	return true;
}

static ssize_t read_parts(void *cookie, char *to, size_t size)
{
	struct work *w = cookie;

	if (w->rest.length == 0 && !fetch_part(w)) {
		w->store_failed = true;
		errno = EIO;
		return -1;
	}
	if (size > w->rest.length)
		size = w->rest.length;
	if (size > 0)
		memcpy(to, w->rest.data, size);
	w->rest = slice_from(w->rest, size);
	return (ssize_t)size;
}

/* --- what is refused ------------------------------------------------------------------------- */

static struct slice shown(struct work *w, struct slice text)
{
	buf_clear(&w->room);
	value_add_shown(&w->room, text, SHOWN_VALUE);
	return buf_slice(&w->room);
}

/* A text that a spreadsheet would take for a formula begins with an apostrophe. */
static void add_cell(struct buf *out, struct slice text, bool last)
{
	buf_add_char(out, '"');
	if (text.length > 0 && strchr("=+-@", text.data[0]) != NULL)
		buf_add_char(out, '\'');
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.data[i]);
	}
	buf_add_string(out, last ? "\"\n" : "\",");
}

static void add_line(struct work *w, const struct import_refusal *r)
{
	struct buf *line = &w->line;

	buf_clear(line);
	add_cell(line, shown(w, slice_of(w->name)), false);
	buf_add_u64(line, r->line);
	buf_add_char(line, ',');
	if (r->column > 0)
		buf_add_u64(line, r->column);
	buf_add_char(line, ',');
	add_cell(line, shown(w, r->header), false);
	add_cell(line, r->field, false);
	add_cell(line, shown(w, r->value), false);
	add_cell(line, r->code, false);
	add_cell(line, r->reason, true);
	if (w->report.length + line->length <= REPORT_MOST && buf_ok(line))
		buf_add_slice(&w->report, buf_slice(line));
	else
		w->left_out++;
}

static json_t *text_of(struct slice s)
{
	return s.length == 0 ? json_string("") : json_stringn(s.data, s.length);
}

static void refused(void *user, const struct import_refusal *r)
{
	struct work *w = user;
	json_t *one;

	if (w->report.length == 0)
		buf_add_string(&w->report, "file,line,column,header,field,value,code,reason\n");
	add_line(w, r);
	if (json_array_size(w->shown) >= SHOWN_MOST)
		return;
	one = json_pack("{s:I,s:I}", "line", (json_int_t)r->line, "column", (json_int_t)r->column);
	json_object_set_new(one, "header", text_of(shown(w, r->header)));
	json_object_set_new(one, "field", text_of(r->field));
	json_object_set_new(one, "value", text_of(shown(w, r->value)));
	json_object_set_new(one, "code", text_of(r->code));
	json_object_set_new(one, "reason", text_of(r->reason));
	json_array_append_new(w->shown, one);
}

/* --- while it runs --------------------------------------------------------------------------- */

static bool progress(void *user, uint64_t bytes, uint64_t records)
{
	struct work *w = user;

	(void)bytes; /* those of the upload are counted, whatever its encoding */
	(void)records;
	return task_go_on(w->task, w->taken < w->task->row->total ? w->taken : w->task->row->total);
}

static void recording(void *user)
{
	(void)user;
}

static void print_gtins(const struct import_touched *touched, struct buf *out)
{
	buf_add_char(out, '{');
	for (size_t i = 0; i < touched->count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_u64(out, touched->gtins[i]);
	}
	buf_add_char(out, '}');
}

/* False: it is to be cancelled, or the database is away (task->left says which). */
static bool keep(struct work *w, const struct import_counts *c,
		 const struct import_touched *touched)
{
	struct slice report = buf_slice(&w->report);
	char *first = json_dumps(w->shown, JSON_COMPACT);
	PGresult *rows = NULL;
	struct buf gtins;

	buf_init(&gtins, (size_t)64 << 20);
	print_gtins(touched, &gtins);
	if (first != NULL && buf_string(&gtins) != NULL)
		rows = db_query(
		    w->task->db, &sql_import_keep,
		    DB_VALUES(db_number(w->task->row->id), db_text(w->dry_run ? "true" : "false"),
			      db_number((int64_t)c->records), db_number((int64_t)c->refused),
			      db_number((int64_t)c->added), db_number((int64_t)c->corrected),
			      db_number((int64_t)c->unchanged), db_text(buf_string(&gtins)),
			      db_text(first),
			      report.length == 0 ? db_text(NULL) : db_bytes(report)));
	if (rows == NULL)
		w->store_failed = true;
	else if (PQntuples(rows) == 0)
		w->task->left = TASK_CANCELLED;
	free(first);
	buf_release(&gtins);
	w->recorded = rows != NULL && PQntuples(rows) == 1;
	PQclear(rows);
	return w->recorded;
}

static bool keeping(void *user, const struct import_counts *counts,
		    const struct import_touched *touched)
{
	return keep(user, counts, touched);
}

/* --- one import ------------------------------------------------------------------------------ */

static enum task_result conclude(struct work *w, enum import_result result,
				 const struct import_counts *counts, const char *why)
{
	if (w->store_failed)
		return task_fail_store(w->task);
	switch (result) {
	case IMPORT_STOPPED:
		return TASK_LEFT;
	case IMPORT_DATABASE:
		return task_fail_store(w->task);
	case IMPORT_NO_MEMORY:
		return task_fail(w->task, "out of memory; nothing was kept");
	case IMPORT_NO_BRAND:
	case IMPORT_BAD_FILE:
	case IMPORT_REFUSED:
		return task_fail(w->task, "%s; nothing was kept", why);
	case IMPORT_DONE:
		break;
	}
	if (!w->dry_run)
		return TASK_DONE;
	if (keep(w, counts, &w->touched))
		return TASK_DONE;
	return w->store_failed ? task_fail_store(w->task) : TASK_LEFT;
}

static enum task_result run_file(struct work *w, struct profile *profile)
{
	cookie_io_functions_t io = { .read = read_parts };
	struct import_options options = { .brand = w->brand,
					  .file_name = w->name,
					  .dry_run = w->dry_run,
					  .refused = refused,
					  .progress = progress,
					  .recording = recording,
					  .keeping = keeping,
					  .user = w };
	struct import_counts counts = { 0 };
	enum import_result result;
	char why[768] = "";
	FILE *in = fopencookie(w, "r", io);

	if (in == NULL)
		return task_fail(w->task, "out of memory; nothing was kept");
	result =
	    import_file(w->task->db, in, profile, &options, &counts, &w->touched, why, sizeof(why));
	(void)fclose(in);
	return conclude(w, result, &counts, why);
}

static enum task_result import_upload(struct work *w)
{
	const char *text = json_string_value(json_object_get(w->order, "profile"));
	enum task_result result;
	struct profile profile;
	struct arena arena;
	char why[512];

	arena_init(&arena, PROFILE_MEMORY);
	if (!profile_parse(&profile, slice_of(text), "mapping", &arena, why, sizeof(why)))
		result = task_fail(w->task, "%s", why);
	else if (!db_run(w->task->db, &sql_import_by, DB_VALUES(db_text(w->by))))
		result = task_fail_store(w->task);
	else
		result = run_file(w, &profile);
	arena_release(&arena);
	/* The session goes on with other jobs; where it is gone, so is the name. */
	if (!db_run(w->task->db, &sql_import_by, DB_VALUES(db_text(""))) && result == TASK_DONE)
		result = task_fail_store(w->task);
	return result;
}

/* --- what follows ---------------------------------------------------------------------------- */

static bool read_gtins(struct slice text, struct import_touched *ret)
{
	struct slice part;

	ret->gtins = calloc(text.length / 2 + 1, sizeof(*ret->gtins));
	if (ret->gtins == NULL)
		return false;
	while (slice_cut(&text, ',', &part))
		if (slice_to_u64(part, &ret->gtins[ret->count]))
			ret->count++;
	return true;
}

static enum task_result publish(struct work *w)
{
	struct projection projection = { .progress = NULL };

	for (size_t done = 0; done < w->touched.count; done += AT_ONCE) {
		size_t count = w->touched.count - done;

		if (!task_go_on(w->task, w->task->row->total))
			return TASK_LEFT;
		if (!projection_run(w->task->db, &projection, w->touched.gtins + done,
				    count < AT_ONCE ? count : AT_ONCE))
			return task_fail_store(w->task);
	}
	return TASK_DONE;
}

/* The refused rows become a file of the job. */
static enum task_result file_report(struct work *w)
{
	struct job_file file = { .position = 0,
				 .name = "refused.csv",
				 .media_type = "text/csv; charset=utf-8",
				 .first = 1,
				 .labels = 0 };

	if (w->report.length == 0 || w->task->files > 0)
		return TASK_DONE;
	if (w->left_out > 0)
		buf_add_format(&w->report, "\"\",,,\"\",\"\",\"\",\"left_out\",\"%llu more\"\n",
			       (unsigned long long)w->left_out);
	if (!buf_ok(&w->report))
		return task_fail(w->task, "out of memory");
	if (!task_add_file(w->task, &file, buf_slice(&w->report)))
		return TASK_LEFT;
	return db_run(w->task->db, &sql_import_filed, DB_VALUES(db_number(w->task->row->id)))
		   ? TASK_DONE
		   : task_fail_store(w->task);
}

static enum task_result follow_record(struct work *w, const char *kind)
{
	json_int_t id = json_integer_value(json_object_get(w->order, "id"));
	PGresult *rows =
	    db_query(w->task->db, &sql_import_follow, DB_VALUES(db_text(kind), db_number(id)));
	bool good;

	if (rows == NULL)
		return task_fail_store(w->task);
	good = read_gtins(db_slice_at(rows, 0, 0), &w->touched);
	PQclear(rows);
	return good ? publish(w) : task_fail(w->task, "out of memory");
}

/* --- the job --------------------------------------------------------------------------------- */

static bool take_report(struct work *w, const PGresult *rows)
{
	unsigned char *bytes;
	size_t length = 0;

	if (PQgetisnull(rows, 0, 3))
		return true;
	bytes = PQunescapeBytea((const unsigned char *)PQgetvalue(rows, 0, 3), &length);
	if (bytes == NULL)
		return false;
	buf_add(&w->report, (const char *)bytes, length);
	PQfreemem(bytes);
	return true;
}

static enum task_result read_state(struct work *w)
{
	PGresult *rows =
	    db_query(w->task->db, &sql_import_order, DB_VALUES(db_number(w->task->row->id)));
	bool good;

	if (rows == NULL)
		return task_fail_store(w->task);
	if (PQntuples(rows) == 0) {
		PQclear(rows);
		return task_fail(w->task, "there is no such brand");
	}
	(void)snprintf(w->brand, sizeof(w->brand), "%s", PQgetvalue(rows, 0, 0));
	w->recorded = db_bool_at(rows, 0, 1);
	good = !w->recorded ||
	       (read_gtins(db_slice_at(rows, 0, 2), &w->touched) && take_report(w, rows));
	PQclear(rows);
	return good ? TASK_DONE : task_fail(w->task, "out of memory");
}

static bool read_order(struct work *w)
{
	int dry = 0;
	json_int_t upload = 0;
	const char *profile;

	if (json_unpack(w->order, "{s:I,s:b,s:s,s:s,s:s,s:s}", "upload", &upload, "dry_run", &dry,
			"profile", &profile, "encoding", &w->encoding, "name", &w->name, "by",
			&w->by) != 0)
		return false;
	w->upload = upload;
	w->dry_run = dry != 0;
	return true;
}

static enum task_result work(struct work *w)
{
	const char *record = json_string_value(json_object_get(w->order, "record"));
	enum task_result result;

	if (record != NULL)
		return follow_record(w, record);
	if (!read_order(w))
		return task_fail(w->task, "the order is not one of this program");
	result = read_state(w);
	if (result == TASK_DONE && !w->recorded)
		result = import_upload(w);
	if (result == TASK_DONE)
		result = file_report(w);
	if (result == TASK_DONE && !w->dry_run)
		result = publish(w);
	return result;
}

static enum task_result import_work(struct task *task)
{
	struct work w = { .task = task };
	enum task_result result;

	buf_init(&w.report, REPORT_MOST + LINE_MOST);
	buf_init(&w.line, LINE_MOST);
	buf_init(&w.room, LINE_MOST);
	w.shown = json_array();
	w.order = json_loadb(task->row->arguments.data, task->row->arguments.length, 0, NULL);
	result = work(&w);
	PQfreemem(w.bytes);
	import_touched_release(&w.touched);
	buf_release(&w.report);
	buf_release(&w.line);
	buf_release(&w.room);
	json_decref(w.shown);
	json_decref(w.order);
	return result;
}

const struct job_kind job_kind_import = { .name = "import", .work = import_work };
