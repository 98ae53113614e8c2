/*
 * Reading the values of an imported file: text in, the form PostgreSQL reads without doubt out, or
 * the precise reason why not. Dates and times follow the profile's format, numbers its decimal
 * mark. The lists of records, fields and results are import_fields.def and import_results.def.
 */
#ifndef SUYUAN_MODEL_IMPORT_VALUE_H
#define SUYUAN_MODEL_IMPORT_VALUE_H

#include "base/buf.h"

enum import_kind {
	KIND_GTIN,
	KIND_WORDS, /* text in one language */
	KIND_TEXT,
	KIND_CODE, /* short text that may be part of a key */
	KIND_LOT,
	KIND_SERIAL,
	KIND_COUNTRY,
	KIND_NUMBER,
	KIND_AMOUNT, /* a number from 0 on */
	KIND_PERCENT,
	KIND_POSITION,
	KIND_DATE,
	KIND_END_DATE, /* to whose end something lasts */
	KIND_TIME,     /* date, time of day, zone */
	KIND_VERDICT,
	KIND_ZONE,
	KIND_SHA256,
	KIND_WEB_ADDRESS,
	KIND_PARAMETERS, /* the value of one parameter */
};

enum import_need { NEED_KEY, NEED_KEY_OR_NONE, NEED_FILLED, NEED_FREE };

struct import_field {
	const char *record, *name;
	enum import_kind kind;
	enum import_need need;
};

/* Most fields one record has; struct profile and the importer count on it. */
enum { IMPORT_FIELDS_MAX = 24 };

/* The fields of `record`, contiguous; NULL when there is no such record. */
const struct import_field *import_fields(struct slice record, unsigned *ret_count);

enum value_result {
#define VALUE_RESULT(name, code, reason) VALUE_##name,
#include "model/import_results.def"
#undef VALUE_RESULT
};

const char *value_code(enum value_result result);
const char *value_reason(enum value_result result); /* follows the column's name: "is not a lot" */

/* How this file writes numbers and dates. */
struct value_format {
	char decimal;	   /* '.' or ',' */
	struct slice date; /* "%d/%m/%Y %H:%M:%S"; empty: ISO 8601 */
	struct slice zone; /* IANA name for times without an offset of their own */
	unsigned year;	   /* the present one, by which two digits (%y) are read; 0: not known */
};

/*
 * Appends the value as PostgreSQL reads it. `text` is not blank (value_is_blank), valid UTF-8 and
 * without NUL. On failure nothing is appended.
 */
MUSTCHECK enum value_result value_read(enum import_kind kind, const struct value_format *format,
				       struct slice text, struct buf *out);
/* Empty, or nothing but blanks and tabs. */
bool value_is_blank(struct slice text);
/* A language tag as schema base.words allows it. */
bool value_language_ok(struct slice tag);
/* Appends a JSON string with its quotes (RFC 8259). `text` is valid UTF-8. */
void value_add_json(struct buf *out, struct slice text);
/*
 * Appends `text` for a report: control characters (also C1 and the bidirectional ones), backslash
 * and ill-formed bytes as \xNN or \u{NNNN}; at most about `maximum` bytes, then "...".
 */
void value_add_shown(struct buf *out, struct slice text, size_t maximum);

#endif
