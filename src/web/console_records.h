/*
 * What the pages of records share: words for kinds and columns, and the parts of a record's
 * document (migrations/0023_records.sql, trace.record_show) as views.
 */
#ifndef SUYUAN_WEB_CONSOLE_RECORDS_H
#define SUYUAN_WEB_CONSOLE_RECORDS_H

#include "model/import_value.h"
#include "web/pages.h"

enum { RECORD_KINDS = 10, RECORD_PARAMETERS = 30 /* of a step, typed by hand */ };

/* "lot"; NULL behind the last. */
const char *record_kind_at(unsigned i);
bool record_kind_known(struct slice kind);
/* In the reader's language; what has no word is given as it is. */
struct slice record_kind_words(struct page *p, struct slice kind);
/* Of a single one: "Lot". */
struct slice record_one_words(struct page *p, struct slice kind);
struct slice record_field_words(struct page *p, struct slice field);
/* What a record of this kind is for; empty where there is no such kind. */
struct slice record_kind_about(struct page *p, struct slice kind);
/* How a column is typed: on several lines, and what stands beside it (TEXT_none: nothing). */
bool record_field_is_long(struct slice field);
enum text record_field_hint(struct slice field);
/* What stands together in a form, in this order; the last two are folded: they are seldom needed. */
enum record_group {
	RECORD_GROUP_KEY,
	RECORD_GROUP_SAYS,
	RECORD_GROUP_PLACE,
	RECORD_GROUP_MORE,
	RECORD_GROUP_INTERNAL,
	RECORD_GROUPS
};
enum record_group record_field_group(struct slice field);
/* Keys stay: another key is another record. */
bool record_field_may_change(const struct import_field *f);
/* "中文" of "zh-CN"; a tag that has no word as it is. */
struct slice record_language_words(struct page *p, struct slice tag);

/* The record that the address names: its kind is known, its number read. False: answered. */
MUSTCHECK bool record_place(struct api_call *call, int64_t *ret_id);
/* Adds what a record is to say as text of JSON; takes `says` over. False: answered. */
MUSTCHECK bool record_says_add(struct api_call *call, json_t *says, struct db_parameters *p);

/* "/records/lot/17"; empty where `id` is no number. */
struct slice record_link(struct page *p, const char *kind, const json_t *id);
/* "2026-09-01 08:30" of "2026-09-01T08:30:00Z". */
struct slice record_moment(struct page *p, const json_t *object, const char *member);
/* The file and line it came from, or that somebody typed it. */
struct slice record_source(struct page *p, const json_t *object);
/* Without "user:". */
struct slice record_by(struct page *p, const json_t *object);

/* Room for what views of a list hold; NULL with *ret_count 0: it is empty, or there is none. */
void *record_room(struct page *p, const json_t *list, size_t size, size_t *ret_count);

/* Lists of a document; in the request's arena, NULL with *ret_count 0 where there is none. */
struct view_records_row *record_rows(struct page *p, const json_t *list, const char *kind,
				     size_t *ret_count);
/* Whether what a record of this kind says in a list is its name. */
bool record_has_name(struct slice kind);
/* Then it comes first, and leads to the record; what tells it apart comes behind it. */
void record_rows_by_name(struct view_records_row *rows, size_t count);
/* Its fields, the unit behind what is measured in it. */
struct view_records_field *record_fields(struct page *p, const json_t *record, size_t *ret_count);
/* What one version of the record changed in the one before it. */
struct view_records_change *record_changes(struct page *p, const json_t *record,
					   const json_t *changes, size_t *ret_count);
struct view_records_version *record_history(struct page *p, const json_t *record,
					    size_t *ret_count);
struct view_records_input *record_inputs(struct page *p, const json_t *list, size_t *ret_count);
struct view_records_recall *record_recalls(struct page *p, const json_t *list, size_t *ret_count);

/* Printed into the request's arena. */
struct slice page_format(struct page *p, const char *format, ...) PRINTF(2, 3);
/* Appends `text` as it may stand in a query: %XX for all but letters, digits and -._~ */
void query_add(struct buf *out, struct slice text);
/* The way to the next page: `path`?NAME=VALUE&…; pairs end with a NULL name. */
struct query_pair {
	const char *name;
	struct slice value;
};
struct slice query_link(struct arena *memory, const char *path, const struct query_pair *pairs);

#endif
