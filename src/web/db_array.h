/* A one-dimensional array as a parameter of a query, in PostgreSQL's binary format (array_recv()).
 */
#ifndef SUYUAN_WEB_DB_ARRAY_H
#define SUYUAN_WEB_DB_ARRAY_H

#include "base/buf.h"

/* The types of elements there are, by the OIDs that PostgreSQL has for them in pg_type. */
enum db_element { DB_ELEMENT_I64 = 20, DB_ELEMENT_I32 = 23, DB_ELEMENT_TEXT = 25 };

struct db_array {
	struct buf bytes;
	enum db_element element;
	uint32_t count;
	bool has_null;
};

/* `most` elements of at most `size` bytes each. */
void db_array_init(struct db_array *a, enum db_element element, size_t most, size_t size);
void db_array_release(struct db_array *a);
void db_array_clear(struct db_array *a); /* no element, memory kept */

/* Room for all that it may hold, so that no addition fails. False: no memory. */
MUSTCHECK bool db_array_prepare(struct db_array *a);

/* Each must be of the array's type. What does not fit shows in db_array_ok(). */
void db_array_add_i64(struct db_array *a, int64_t value);
void db_array_add_i32(struct db_array *a, int32_t value);
void db_array_add_text(struct db_array *a, struct slice text);
void db_array_add_null(struct db_array *a);

bool db_array_ok(const struct db_array *a);
/* For db_add_text(). Valid until the array is changed. */
struct slice db_array_wire(struct db_array *a);

#endif
