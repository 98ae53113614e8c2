/* One record of a file becomes one row of COPY's text format, or a refusal. */
#ifndef SUYUAN_JOB_IMPORT_ROW_H
#define SUYUAN_JOB_IMPORT_ROW_H

#include "job/csv_file.h"
#include "job/import.h"

struct import_row {
	const struct profile *profile;
	const struct csv_file *reader;
	struct buf text;  /* a value as the file has it */
	struct buf value; /* and as PostgreSQL reads it */
	unsigned year;	  /* the present one */
};

void import_row_init(struct import_row *row, const struct profile *p, const struct csv_file *r);
void import_row_release(struct import_row *row); /* accepts NULL and zeroed structs */
/* Appends the names of the mapped columns, in the order of import_row_add(): "gtin, name". */
void import_row_columns(const struct profile *p, struct buf *out);
/* Appends the mapped fields and their languages as JSON: {"gtin": [], "name": ["en"]}. */
void import_row_given(const struct profile *p, struct buf *out);

/*
 * Appends the row of the reader's present record, of column `each` where the profile has one, to
 * `out`. False: nothing was appended and *ret_refusal says what the first bad value is; its texts
 * live until the next call.
 */
MUSTCHECK bool import_row_add(struct import_row *row, uint64_t at, uint64_t record, size_t each,
			      struct buf *out, struct import_refusal *ret_refusal);

/* Fills column, header and line of a refusal from the column a field is read from. */
void import_row_blame(const struct profile *p, const struct csv_file *r,
		      const struct profile_field *f, size_t each, struct import_refusal *refusal);

#endif
