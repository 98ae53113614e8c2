/* The story of an import: read, stage, check, record; and who is told what on the way. */
#include "job/import.h"

#include <errno.h>

#include "job/import_row.h"
#include "model/gs1.h"
#include "store/import.h"

enum {
	FLUSH_AT = 1024 * 1024,	     /* bytes of rows sent at once */
	ROWS_MAX = 64 * 1024 * 1024, /* of one row at most */
	PROGRESS_EVERY = 256,	     /* records */
};

/* One import under way. */
struct import {
	struct db *db;
	struct profile *profile;
	const struct import_options *options;
	struct import_counts *counts;
	char *why;
	size_t why_size;
	const char *record;
	int64_t brand;
	bool bound; /* the profile knows the file's columns */
	struct csv_file reader;
	struct import_row row;
	struct buf rows;    /* not yet sent */
	struct buf columns; /* for COPY */
	struct buf given;
	struct buf text; /* of a reason that is put together */
};

void import_touched_release(struct import_touched *t)
{
	if (t == NULL)
		return;
	free(t->gtins);
	*t = (struct import_touched){ .gtins = NULL };
}

PRINTF(2, 3)
static enum import_result bad_file(struct import *i, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(i->why, i->why_size, format, args);
	va_end(args);
	return IMPORT_BAD_FILE;
}

static void refuse(struct import *i, const struct import_refusal *refusal)
{
	i->counts->refused++;
	i->options->refused(i->options->user, refusal);
}

/* --- records that cannot be read --- */

static struct slice fault_reason(struct import *i)
{
	const struct csv *csv = &i->reader.csv;

	buf_clear(&i->text);
	buf_add_string(&i->text, csv_fault_reason(csv->fault));
	if (csv->fault == CSV_CELL_TOO_LONG)
		buf_add_format(&i->text, " of %zu bytes", csv->cell_maximum);
	if (csv->fault == CSV_NUL || csv->fault == CSV_BAD_UTF8)
		buf_add_format(&i->text, " (byte %zu of the cell)", csv->fault_byte + 1);
	return buf_slice(&i->text);
}

static void refuse_fault(struct import *i)
{
	const struct csv *csv = &i->reader.csv;
	struct import_refusal refusal = { .line = csv->fault_line,
					  .column = csv->fault_cell + 1,
					  .header = csv_file_name(&i->reader, csv->fault_cell),
					  .value = csv_text(csv, csv->fault_cell),
					  .code = slice_of(csv_fault_code(csv->fault)),
					  .reason = fault_reason(i) };

	refuse(i, &refusal);
}

static void refuse_ragged(struct import *i)
{
	const struct csv *csv = &i->reader.csv;
	struct import_refusal refusal = { .line = csv->first_line, .code = SLICE("ragged") };

	buf_clear(&i->text);
	buf_add_format(&i->text, "the record has %zu cells, %s %zu", csv->count,
		       i->reader.names == NULL ? "the first one" : "the header", i->reader.columns);
	refusal.reason = buf_slice(&i->text);
	refuse(i, &refusal);
}

/* --- header and columns --- */

static enum import_result read_header(struct import *i)
{
	const struct csv *csv = &i->reader.csv;

	switch (csv_file_next(&i->reader)) {
	case CSV_FILE_FAILED:
		return bad_file(i, "%s: %s", i->options->file_name, strerror(errno));
	case CSV_FILE_END:
		return bad_file(i, "%s: the file is empty, it has no header",
				i->options->file_name);
	case CSV_FILE_RECORD:
		break;
	}
	if (csv->fault != CSV_FINE)
		return bad_file(i, "%s:%llu: the header cannot be read: column %zu: %.*s",
				i->options->file_name, (unsigned long long)csv->fault_line,
				csv->fault_cell + 1, SLICE_ARG(fault_reason(i)));
	return csv_file_keep_names(&i->reader) ? IMPORT_DONE : IMPORT_NO_MEMORY;
}

/* Finds the profile's columns; without a header, the first good record says how many there are. */
static enum import_result bind(struct import *i)
{
	char why[512];

	if (i->reader.names == NULL)
		i->reader.columns = i->reader.csv.count;
	if (!profile_bind(i->profile, i->reader.names, i->reader.columns, why, sizeof(why)))
		return bad_file(i, "%s:%llu: %s", i->options->file_name,
				(unsigned long long)i->reader.csv.first_line, why);
	i->bound = true;
	return IMPORT_DONE;
}

/* --- rows --- */

static enum import_result flush(struct import *i, size_t at_least)
{
	if (i->rows.length < at_least || i->rows.length == 0)
		return IMPORT_DONE;
	if (!store_import_add(i->db, buf_string(&i->columns), buf_slice(&i->rows)))
		return IMPORT_DATABASE;
	buf_clear(&i->rows);
	return IMPORT_DONE;
}

static enum import_result add_rows(struct import *i)
{
	size_t first = 0, last = 0;

	if (profile_has_each(i->profile)) {
		first = i->profile->each_first;
		last = i->profile->each_last;
	}
	for (size_t each = first; each <= last; each++) {
		struct import_refusal refusal;
		enum import_result result;

		if (!import_row_add(&i->row, ++i->counts->rows, i->counts->records, each, &i->rows,
				    &refusal))
			refuse(i, &refusal);
		result = flush(i, FLUSH_AT);
		if (result != IMPORT_DONE)
			return result;
	}
	return IMPORT_DONE;
}

static enum import_result take_record(struct import *i)
{
	const struct csv *csv = &i->reader.csv;
	enum import_result result;

	i->counts->records++;
	if (csv->fault != CSV_FINE) {
		refuse_fault(i);
		return IMPORT_DONE;
	}
	if (!i->bound) {
		result = bind(i);
		if (result != IMPORT_DONE)
			return result;
	}
	if (csv->count != i->reader.columns) {
		refuse_ragged(i);
		return IMPORT_DONE;
	}
	return add_rows(i);
}

static bool may_go_on(struct import *i)
{
	return i->counts->records % PROGRESS_EVERY != 0 ||
	       i->options->progress(i->options->user, i->reader.bytes, i->counts->records);
}

static enum import_result take_records(struct import *i)
{
	for (;;) {
		enum import_result result;

		switch (csv_file_next(&i->reader)) {
		case CSV_FILE_END:
			return flush(i, 0);
		case CSV_FILE_FAILED:
			return bad_file(i, "%s: %s", i->options->file_name, strerror(errno));
		case CSV_FILE_RECORD:
			break;
		}
		result = take_record(i);
		if (result != IMPORT_DONE)
			return result;
		if (!may_go_on(i))
			return IMPORT_STOPPED;
	}
}

/* The whole file into the temporary table. */
static enum import_result stage(struct import *i)
{
	enum import_result result = IMPORT_DONE;

	if (i->profile->header) {
		result = read_header(i);
		if (result == IMPORT_DONE)
			result = bind(i);
	}
	if (result != IMPORT_DONE)
		return result;
	if (!store_import_open(i->db, i->record))
		return IMPORT_DATABASE;
	return take_records(i);
}

/* --- in the database --- */

static const struct profile_field *field_named(const struct import *i, struct slice name)
{
	for (unsigned k = 0; k < i->profile->count; k++)
		if (slice_equal(name, slice_of(i->profile->fields[k].field->name)))
			return &i->profile->fields[k];
	return NULL;
}

static void refuse_stored(void *user, const struct store_refusal *stored)
{
	struct import *i = user;
	const struct profile_field *f = field_named(i, stored->field);
	char gtin_text[GTIN_TEXT_SIZE];
	uint64_t gtin;
	struct import_refusal refusal = { .field = stored->field,
					  .value = stored->value,
					  .code = stored->code,
					  .reason = stored->reason };

	if (f != NULL)
		import_row_blame(i->profile, &i->reader, f, stored->part - 1, &refusal);
	refusal.line = stored->line;
	if (f != NULL && f->field->kind == KIND_GTIN && slice_to_u64(stored->value, &gtin) &&
	    gtin_valid(gtin)) {
		gtin_format(gtin, gtin_text);
		refusal.value = slice_of(gtin_text);
	}
	i->options->refused(i->options->user, &refusal);
}

static enum import_result take_touched(struct import *i, struct import_touched *ret_touched)
{
	PGresult *rows = store_import_touched(i->db, i->record, i->brand);
	size_t count;

	if (rows == NULL)
		return IMPORT_DATABASE;
	count = (size_t)PQntuples(rows);
	ret_touched->gtins = calloc(count == 0 ? 1 : count, sizeof(*ret_touched->gtins));
	if (ret_touched->gtins == NULL) {
		PQclear(rows);
		return IMPORT_NO_MEMORY;
	}
	ret_touched->count = count;
	for (size_t k = 0; k < count; k++)
		ret_touched->gtins[k] = (uint64_t)db_number_at(rows, (int)k, 0);
	PQclear(rows);
	return IMPORT_DONE;
}

/* One try of checking and recording, within a transaction that it does not end. */
static enum import_result check_and_record(struct import *i, uint64_t *ret_refused,
					   struct import_touched *ret_touched)
{
	struct store_import_counts stored;

	*ret_refused = 0;
	if (!store_import_check(i->db, i->record, i->brand, buf_string(&i->given), ret_refused))
		return IMPORT_DATABASE;
	if (i->options->all_or_nothing && (i->counts->refused > 0 || *ret_refused > 0))
		return IMPORT_REFUSED;
	if (!store_import_record(i->db, i->record, i->brand, i->options->file_name, &stored))
		return IMPORT_DATABASE;
	i->counts->added = stored.added;
	i->counts->corrected = stored.corrected;
	i->counts->unchanged = stored.unchanged;
	if (i->options->dry_run) /* what waits for the commit is to be known now */
		return db_execute(i->db, "SET CONSTRAINTS ALL IMMEDIATE") ? IMPORT_DONE
									  : IMPORT_DATABASE;
	return take_touched(i, ret_touched);
}

/* Reports what was refused and ends the transaction. */
static enum import_result finish(struct import *i, enum import_result result, uint64_t refused,
				 const struct import_touched *touched)
{
	const struct import_options *o = i->options;

	if (result == IMPORT_DATABASE || result == IMPORT_NO_MEMORY ||
	    (refused > 0 && !store_import_refused(i->db, refuse_stored, i))) {
		struct store_error error = i->db->error;

		db_rollback(i->db);
		i->db->error = error;
		return result == IMPORT_NO_MEMORY ? result : IMPORT_DATABASE;
	}
	i->counts->refused += refused;
	if (result == IMPORT_REFUSED || o->dry_run) {
		db_rollback(i->db);
		return result;
	}
	if (o->keeping != NULL && !o->keeping(o->user, i->counts, touched)) {
		db_rollback(i->db);
		return IMPORT_STOPPED;
	}
	if (db_commit(i->db))
		return IMPORT_DONE;
	i->counts->refused -= refused; /* it may be tried again */
	return IMPORT_DATABASE;
}

/*
 * Somebody else may record the same key or take the same GTIN between check and recording; then the
 * rows, still staged, are checked again.
 */
static enum import_result record(struct import *i, struct import_touched *ret_touched)
{
	enum { TRIES = 3 };
	enum import_result result = IMPORT_DATABASE;

	for (unsigned attempt = 0; attempt < TRIES; attempt++) {
		uint64_t refused;

		import_touched_release(ret_touched);
		if (!db_begin(i->db))
			return IMPORT_DATABASE;
		result = check_and_record(i, &refused, ret_touched);
		result = finish(i, result, refused, ret_touched);
		if (result != IMPORT_DATABASE || !store_import_must_repeat(&i->db->error))
			return result;
	}
	return result;
}

/* --- all of it --- */

static enum import_result prepare(struct import *i)
{
	char zone[80];
	bool known;

	if (!store_import_brand(i->db, i->options->brand, &i->brand))
		return IMPORT_DATABASE;
	if (i->brand == 0) {
		(void)snprintf(i->why, i->why_size, "there is no brand \"%s\"", i->options->brand);
		return IMPORT_NO_BRAND;
	}
	(void)snprintf(zone, sizeof(zone), "%.*s", SLICE_ARG(i->profile->time_zone));
	if (!store_import_zone_known(i->db, zone, &known))
		return IMPORT_DATABASE;
	if (!known)
		return bad_file(i, "the profile's time_zone \"%s\" is not known", zone);
	import_row_columns(i->profile, &i->columns);
	import_row_given(i->profile, &i->given);
	return buf_ok(&i->columns) && buf_ok(&i->given) ? IMPORT_DONE : IMPORT_NO_MEMORY;
}

enum import_result import_file(struct db *db, FILE *in, struct profile *profile,
			       const struct import_options *options,
			       struct import_counts *ret_counts, struct import_touched *ret_touched,
			       char *why, size_t why_size)
{
	struct import i = { .db = db,
			    .profile = profile,
			    .options = options,
			    .counts = ret_counts,
			    .why = why,
			    .why_size = why_size,
			    .record = profile->record->record };
	enum import_result result = IMPORT_NO_MEMORY;

	*ret_counts = (struct import_counts){ .records = 0 };
	*ret_touched = (struct import_touched){ .gtins = NULL };
	buf_init(&i.rows, ROWS_MAX);
	buf_init(&i.columns, 4096);
	buf_init(&i.given, 65536);
	buf_init(&i.text, 4096);
	import_row_init(&i.row, profile, &i.reader);
	if (!csv_file_init(&i.reader, in, profile->delimiter,
			   options->cell_maximum == 0 ? CSV_CELL_STANDARD : options->cell_maximum))
		goto out;
	result = prepare(&i);
	if (result == IMPORT_DONE)
		result = stage(&i);
	if (result == IMPORT_DONE) {
		options->recording(options->user);
		result = record(&i, ret_touched);
	}
	if (result != IMPORT_DONE)
		import_touched_release(ret_touched);
out:
	csv_file_release(&i.reader);
	import_row_release(&i.row);
	buf_release(&i.rows);
	buf_release(&i.columns);
	buf_release(&i.given);
	buf_release(&i.text);
	return result;
}
