/*
 * Printed codes on their way to the database, as arrays in PostgreSQL's text form, which the
 * statements code_steps and code_checks take (migrations/0010_life.sql, code.printed_list).
 */
#ifndef SUYUAN_STORE_CODE_LIST_H
#define SUYUAN_STORE_CODE_LIST_H

#include "base/buf.h"
#include "model/printed_code.h"

enum { CODE_LIST_MOST = 10000, CODE_LIST_COLUMNS = 5 };

struct code_list {
	/* GTINs, counters, key ids, lengths, serials. */
	struct buf columns[CODE_LIST_COLUMNS];
	size_t count;
};

void code_list_init(struct code_list *list);
void code_list_release(struct code_list *list); /* accepts NULL and zeroed structs */
void code_list_clear(struct code_list *list);
/* In order; a malformed one keeps its place. At most CODE_LIST_MOST. */
void code_list_add(struct code_list *list, const struct printed_code *code);
/*
 * A serial as an array's element: it may hold what arrays mean something by, so it is always quoted
 * and '"' escaped ('\' is no character of a serial).
 */
void code_list_add_text(struct buf *column, const char *serial);
/* Ends the arrays. False: memory ran out; then or otherwise only _clear or _release may follow. */
MUSTCHECK bool code_list_finish(struct code_list *list);

#endif
