/*
 * Columns of a row in PostgreSQL's binary format. What a query of ours returns is known: another
 * shape is a bug. They stand here whole, for the answer to each scan reads a dozen of them.
 */
#ifndef SUYUAN_STORE_BINARY_ROW_H
#define SUYUAN_STORE_BINARY_ROW_H

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>
#include <string.h>

#include "base/slice.h"

/* A bigint or timestamptz that is not NULL. */
static inline uint64_t number_at(const PGresult *rows, int row, int column)
{
	uint64_t wire;

	assert(PQgetlength(rows, row, column) == (int)sizeof(wire));
	memcpy(&wire, PQgetvalue(rows, row, column), sizeof(wire));
	return be64toh(wire);
}

/* A text, belonging to the rows; {NULL, 0} for NULL. */
static inline struct slice text_at(const PGresult *rows, int row, int column)
{
	if (PQgetisnull(rows, row, column))
		return (struct slice){ NULL, 0 };
	return (struct slice){ PQgetvalue(rows, row, column),
			       (size_t)PQgetlength(rows, row, column) };
}

#endif
