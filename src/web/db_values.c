/* What goes into a query, and what may be in a connection string. */
#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>

#include "store/binary_row.h"
#include "web/db.h"

void db_add_i64(struct db_parameters *p, int64_t value)
{
	uint64_t wire = htobe64((uint64_t)value);

	assert(p->count < DB_PARAMETERS);
	memcpy(p->numbers[p->count], &wire, sizeof(wire));
	p->values[p->count] = p->numbers[p->count];
	p->lengths[p->count++] = (int)sizeof(wire);
}

void db_add_text(struct db_parameters *p, struct slice text)
{
	assert(p->count < DB_PARAMETERS && text.length <= INT32_MAX);
	p->values[p->count] = text.length == 0 ? "" : text.data;
	p->lengths[p->count++] = (int)text.length;
}

void db_add_text_or_null(struct db_parameters *p, struct slice text)
{
	db_add_text(p, text);
	if (text.length == 0)
		p->values[p->count - 1] = NULL;
}

struct slice db_text_in(const PGresult *rows, int row, int column)
{
	return text_at(rows, row, column);
}

int64_t db_i64_in(const PGresult *rows, int row, int column)
{
	return PQgetisnull(rows, row, column) ? 0 : (int64_t)number_at(rows, row, column);
}

static bool host_is_numeric(struct slice host)
{
	char text[64];
	unsigned char address[16];

	if (host.length == 0 || host.data[0] == '/' || host.data[0] == '@')
		return true;
	if (host.length >= sizeof(text))
		return false;
	memcpy(text, host.data, host.length);
	text[host.length] = '\0';
	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool db_connection_ok(const char *connection, char *why, size_t why_size)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(connection, &message);
	bool has_address = false, ok = true;

	if (options == NULL) {
		/* libpq's message may quote the string, password and all. */
		(void)snprintf(why, why_size, "it is no libpq connection string");
		PQfreemem(message);
		return false;
	}
	for (PQconninfoOption *o = options; o->keyword != NULL; o++)
		has_address |= strcmp(o->keyword, "hostaddr") == 0 && o->val != NULL;
	for (PQconninfoOption *o = options; o->keyword != NULL && !has_address; o++) {
		struct slice rest = slice_of(o->val), host;

		while (strcmp(o->keyword, "host") == 0 && ok && slice_cut(&rest, ',', &host))
			ok = host_is_numeric(host);
	}
	if (!ok)
		(void)snprintf(why, why_size,
			       "the host must be a numeric address or a socket folder");
	PQconninfoFree(options);
	return ok;
}
