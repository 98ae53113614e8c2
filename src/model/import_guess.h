/*
 * Guesses what a file of records is from its header: which sign stands between columns, what record
 * a line is, and which column is which field. Only a beginning for people, who look at it and
 * decide.
 */
#ifndef SUYUAN_MODEL_IMPORT_GUESS_H
#define SUYUAN_MODEL_IMPORT_GUESS_H

#include "model/import_value.h"

/* ',' ';' a tab or '|', whichever the first line has most of outside of quotes; ',' where none. */
char import_guess_delimiter(struct slice text);
/*
 * The field of `record` that a column of this name holds; NULL: none is known. *ret_language: "en",
 * "zh-CN" or "" for words, by the name's end ("name.en", "产品名称(英文)") or its script.
 */
const struct import_field *import_guess_field(const char *record, struct slice name,
					      const char **ret_language);
/* The record most of whose fields the columns name; "product" where none fits. */
const char *import_guess_record(const struct slice *names, size_t count);
/* The records there are, in the order of import_fields.def; NULL behind the last. */
const char *import_record_at(unsigned i);

#endif
