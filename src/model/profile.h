/*
 * A mapping profile: which columns of a file become which fields of a record. A small text file;
 * the shipped ones are in conf/profiles. Lines are "key = value", '#' starts a comment line, and
 * " # " a comment behind a value.
 *
 *   table      = product             which record, import_fields.def lists them
 *   delimiter  = ,                   one sign, or: comma semicolon tab space bar
 *   header     = yes                 does the first record name the columns
 *   decimal    = .                   . or ,
 *   time_zone  = Asia/Shanghai       of times that do not say their own
 *   count_from = 1                   number of the first record, for {record}
 *   trim       = no                  cut blanks at both ends of every cell
 *   each       = columns #2..#591    one row for every such column of a record
 *
 *   FIELD[.LANGUAGE] = SOURCE [trim] [date FORMAT] [map FROM=TO …]
 *   parameters.NAME  = SOURCE [label.LANGUAGE TEXT …] [unit TEXT] [trim]
 *
 * SOURCE: column NAME, column #3 (counted from 1), constant TEXT, template TEXT with {NAME}, {#3},
 * {record}, {each} in it, record (the record's number), each value, each name, each number.
 * Words in "quotes" may hold blanks, a doubled quote is one. FORMAT: %Y or %y, %m %d %H %M %S %f %z.
 * In a map, *=TO is for every other value and ""=TO for a blank one. A blank value is none; a
 * template with a blank column is blank.
 */
#ifndef SUYUAN_MODEL_PROFILE_H
#define SUYUAN_MODEL_PROFILE_H

#include "base/arena.h"
#include "model/import_value.h"

enum { PROFILE_FIELDS_MAX = 96, PROFILE_TEXT_MAX = 65536 };

enum part_kind {
	PART_TEXT,
	PART_COLUMN,
	PART_RECORD,
	PART_EACH_VALUE,
	PART_EACH_NAME,
	PART_EACH_NUMBER,
};

struct profile_part {
	struct profile_part *next;
	enum part_kind kind;
	struct slice text; /* PART_TEXT; the header name of a PART_COLUMN, if it is found by name */
	size_t column;	   /* PART_COLUMN, 0-based; right after profile_bind() */
};

struct profile_pair {
	struct profile_pair *next;
	struct slice from, to;
	bool any; /* *=TO */
};

struct profile_field {
	const struct import_field *field;
	struct slice language;	     /* words only; "und" where the profile names none */
	struct slice parameter;	     /* parameters only: NAME */
	struct profile_part *source; /* at least one */
	struct profile_pair *map;    /* or NULL */
	struct profile_pair *labels; /* of a parameter: language, text */
	struct slice unit;	     /* of a parameter */
	struct slice date;	     /* format; empty: ISO 8601 */
	bool trim;
	unsigned line; /* in the profile */
};

struct profile {
	const struct import_field *record; /* the record's fields, of import_fields() */
	unsigned record_fields;
	char delimiter, decimal;
	bool header, trim;
	struct slice time_zone;
	uint64_t count_from;
	size_t each_first, each_last; /* 0-based; no each: each_first > each_last */
	struct profile_field *fields; /* in the order of `record` */
	unsigned count;
};

/*
 * Reads `text`; everything kept is copied into `arena`. `name` is used in messages. On false,
 * `why` holds "name:line: reason" and *p is not to be used.
 */
MUSTCHECK bool profile_parse(struct profile *p, struct slice text, const char *name,
			     struct arena *arena, char *why, size_t why_size);
/*
 * Finds every column the profile names among `count` columns with these header names (`names` is
 * NULL when the file has no header). False: `why` says which column is missing or there twice.
 */
MUSTCHECK bool profile_bind(struct profile *p, const struct slice *names, size_t count, char *why,
			    size_t why_size);
bool profile_has_each(const struct profile *p);

/* One record of the file, and the column `each` stands at (ignored without each). */
struct profile_cells {
	struct slice (*cell)(const void *user, size_t column); /* empty beyond the last */
	struct slice (*name)(const void *user,
			     size_t column); /* the header's; empty: its number is used */
	const void *user;
	uint64_t record; /* 1-based in the file */
	size_t each;
};

/*
 * Appends the field's text of this record, before value_read(): columns put together, trimmed,
 * mapped. False when a map does not know the value; it is appended as it stands then. A blank
 * value appends nothing.
 */
MUSTCHECK bool profile_text(const struct profile *p, const struct profile_field *f,
			    const struct profile_cells *cells, struct buf *out);
/* The column a report blames for this field: its first one, the each column, or SIZE_MAX. */
size_t profile_column(const struct profile_field *f, size_t each);

#endif
