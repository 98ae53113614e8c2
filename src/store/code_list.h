/*
 * Printed codes on their way to the database, as arrays in PostgreSQL's text form, which the
 * statements code_steps and code_checks take (migrations/0010_life.sql, code.printed_list;
 * 0036_misreads.sql, code.read_prints).
 */
#ifndef SUYUAN_STORE_CODE_LIST_H
#define SUYUAN_STORE_CODE_LIST_H

#include "base/buf.h"
#include "model/printed_code.h"

enum { CODE_LIST_MOST = 10000, CODE_LIST_COLUMNS = 5 };

struct code_list {
	/* GTINs, counters, key ids, lengths, serials. */
	struct buf columns[CODE_LIST_COLUMNS];
	/* All serials, those of computed codes too: to write down what was read. */
	struct buf serials;
	size_t count;
};

void code_list_init(struct code_list *list);
void code_list_release(struct code_list *list); /* accepts NULL and zeroed structs */
void code_list_clear(struct code_list *list);
/* In order; a malformed one keeps its place. At most CODE_LIST_MOST. */
void code_list_add(struct code_list *list, const struct printed_code *code);
/* Ends the arrays. False: memory ran out; then or otherwise only _clear or _release may follow. */
MUSTCHECK bool code_list_finish(struct code_list *list);

#endif
