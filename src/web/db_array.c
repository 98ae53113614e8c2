/* Writes arrays as PostgreSQL reads them. */
#include "web/db_array.h"

#include <assert.h>
#include <endian.h>

/* Numbers of 4 bytes, big-endian, before the elements. */
enum { DIMENSIONS, HAS_NULL, ELEMENT, COUNT, FIRST_INDEX, HEAD_NUMBERS };

static void add_u32(struct buf *b, uint32_t value)
{
	uint32_t wire = htobe32(value);

	buf_add(b, (const char *)&wire, sizeof(wire));
}

/* The head is written when it is known. */
static void begin(struct db_array *a)
{
	static const char head[HEAD_NUMBERS * sizeof(uint32_t)];

	a->count = 0;
	a->has_null = false;
	buf_add(&a->bytes, head, sizeof(head));
}

void db_array_init(struct db_array *a, enum db_element element, size_t most, size_t size)
{
	buf_init(&a->bytes, HEAD_NUMBERS * sizeof(uint32_t) + most * (sizeof(uint32_t) + size));
	a->element = element;
	begin(a);
}

void db_array_release(struct db_array *a)
{
	if (a != NULL)
		buf_release(&a->bytes);
}

bool db_array_prepare(struct db_array *a)
{
	return buf_reserve(&a->bytes, a->bytes.maximum - a->bytes.length) != NULL;
}

void db_array_clear(struct db_array *a)
{
	buf_clear(&a->bytes);
	begin(a);
}

static void add(struct db_array *a, enum db_element element, const void *data, size_t length)
{
	assert(a->element == element && length <= INT32_MAX);
	add_u32(&a->bytes, (uint32_t)length);
	buf_add(&a->bytes, data, length);
	a->count++;
}

void db_array_add_i64(struct db_array *a, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	add(a, DB_ELEMENT_I64, &wire, sizeof(wire));
}

void db_array_add_i32(struct db_array *a, int32_t value)
{
	uint32_t wire = htobe32((uint32_t)value);

	add(a, DB_ELEMENT_I32, &wire, sizeof(wire));
}

void db_array_add_text(struct db_array *a, struct slice text)
{
	add(a, DB_ELEMENT_TEXT, text.length == 0 ? "" : text.data, text.length);
}

void db_array_add_null(struct db_array *a)
{
	add_u32(&a->bytes, UINT32_MAX); /* a length of -1 */
	a->count++;
	a->has_null = true;
}

bool db_array_ok(const struct db_array *a)
{
	return buf_ok(&a->bytes);
}

struct slice db_array_wire(struct db_array *a)
{
	const uint32_t head[HEAD_NUMBERS] = {
		[DIMENSIONS] = htobe32(1),
		[HAS_NULL] = htobe32(a->has_null),
		[ELEMENT] = htobe32((uint32_t)a->element),
		[COUNT] = htobe32(a->count),
		[FIRST_INDEX] = htobe32(1),
	};

	assert(db_array_ok(a));
	memcpy(a->bytes.data, head, sizeof(head));
	return buf_slice(&a->bytes);
}
