/* Making a serial key and opening those there are. */
#include "store/serial_keys.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include "store/sql.h"
#include "store/totp_secrets.h"

static bool fail(struct db *db, const char *text)
{
	db->error = (struct store_error){ .sqlstate = "XX000" };
	(void)snprintf(db->error.text, sizeof(db->error.text), "%s", text);
	return false;
}

static bool random_bytes(struct db *db, void *room, size_t size)
{
	return getrandom(room, size, 0) == (ssize_t)size || fail(db, "no random bytes");
}

static bool free_id(struct db *db, unsigned *ret_id)
{
	PGresult *rows = db_query(db, &sql_serial_key_free, DB_VALUES(db_text(SERIAL_ALPHABET)));
	bool found = rows != NULL && PQntuples(rows) > 0;

	if (found)
		*ret_id = (unsigned)db_number_at(rows, 0, 0);
	PQclear(rows);
	if (rows != NULL && !found)
		return fail(db, "all 32 key ids are in use");
	return found;
}

/* --- serials made elsewhere --- */

/* The rows' serials that the key reads as counters which may be issued; counted. */
static unsigned count_own(struct serial_key *key, const PGresult *rows)
{
	unsigned own = 0;
	uint64_t counter;

	for (int i = 0; i < PQntuples(rows); i++)
		own += serial_decode(key, db_slice_at(rows, i, 1),
				     (uint64_t)db_number_at(rows, i, 0), &counter) == SERIAL_OK &&
		       counter < SERIAL_COUNTERS;
	return own;
}

/* Would the key read any of them as its own? Nobody could tell the two codes apart. */
static bool meets_foreign(struct db *db, struct serial_key *key, bool *ret_meets)
{
	enum { AT_ONCE = 10000 };
	const char letter[2] = { serial_character(key->id), '\0' };
	char serial[SERIAL_LENGTH_MOST + 1] = "";
	int64_t gtin = 0;
	int count = AT_ONCE;
	unsigned own = 0;

	while (count == AT_ONCE && own == 0) {
		PGresult *rows = db_query(db, &sql_serial_key_meets,
					  DB_VALUES(db_text(letter), db_number(gtin),
						    db_text(serial), db_number(AT_ONCE)));

		if (rows == NULL)
			return false;
		own = count_own(key, rows);
		count = PQntuples(rows);
		if (count > 0) {
			gtin = db_number_at(rows, count - 1, 0);
			(void)snprintf(serial, sizeof(serial), "%s",
				       PQgetvalue(rows, count - 1, 1));
		}
		PQclear(rows);
	}
	*ret_meets = own > 0;
	return true;
}

/* --- making --- */

static bool is_free(struct db *db, unsigned id, const uint8_t key[SERIAL_KEY_SIZE], bool *ret_free)
{
	struct serial_key ready;
	bool ok, meets = false;

	if (!serial_key_init(&ready, id, key))
		return fail(db, keyring_reason(KEYRING_FAILED));
	ok = meets_foreign(db, &ready, &meets);
	serial_key_release(&ready);
	*ret_free = !meets;
	return ok;
}

/* A key at random that reads no serial made elsewhere as its own. */
static bool random_key(struct db *db, unsigned id, uint8_t ret_key[SERIAL_KEY_SIZE])
{
	enum { TRIES = 10 };
	bool free_key = false;

	for (unsigned i = 0; i < TRIES && !free_key; i++)
		if (!random_bytes(db, ret_key, SERIAL_KEY_SIZE) ||
		    !is_free(db, id, ret_key, &free_key))
			return false;
	return free_key || fail(db, "every key that was tried reads some of the serials made "
				    "elsewhere as its own codes: there are too many short ones");
}

static bool make_wrapped(struct db *db, const struct master_key *master, unsigned id,
			 uint8_t ret_wrapped[KEYRING_WRAPPED_SIZE])
{
	uint8_t key[SERIAL_KEY_SIZE], nonce[KEYRING_NONCE_SIZE];
	enum keyring_result result = KEYRING_FAILED;
	bool ok = random_bytes(db, nonce, sizeof(nonce)) && random_key(db, id, key);

	if (ok)
		result = keyring_wrap(master, id, key, nonce, ret_wrapped);
	OPENSSL_cleanse(key, sizeof(key));
	return ok && (result == KEYRING_OK || fail(db, keyring_reason(result)));
}

static bool add_in_transaction(struct db *db, const struct master_key *master, unsigned *ret_id)
{
	uint8_t wrapped[KEYRING_WRAPPED_SIZE];
	struct slice bytes = { (const char *)wrapped, sizeof(wrapped) };
	unsigned id;

	/* Two at once must not both find the same id free. */
	if (!db_execute(db, "LOCK TABLE code.serial_key IN SHARE ROW EXCLUSIVE MODE") ||
	    !db_run(db, &sql_serial_key_lock, DB_NO_VALUES) || !free_id(db, &id) ||
	    !make_wrapped(db, master, id, wrapped) ||
	    !db_run(db, &sql_serial_key_retire, DB_NO_VALUES) ||
	    !db_run(db, &sql_serial_key_add, DB_VALUES(db_number(id), db_bytes(bytes))) ||
	    !db_run(db, &sql_notify, DB_NO_VALUES) || !db_commit(db))
		return false;
	*ret_id = id;
	return true;
}

bool serial_keys_add(struct db *db, const struct master_key *master, unsigned *ret_id)
{
	if (!db_begin(db))
		return false;
	if (add_in_transaction(db, master, ret_id))
		return true;
	db_rollback(db);
	return false;
}

static bool add_row(struct db *db, const struct master_key *master, const PGresult *rows, int row,
		    struct keyring *ring)
{
	unsigned id = (unsigned)db_number_at(rows, row, 0);
	size_t length;
	unsigned char *wrapped =
	    PQunescapeBytea((const unsigned char *)PQgetvalue(rows, row, 1), &length);
	enum keyring_result result = KEYRING_FAILED;

	if (wrapped != NULL)
		result =
		    keyring_add(ring, id, (struct slice){ (const char *)wrapped, length }, master);
	PQfreemem(wrapped);
	if (result == KEYRING_OK)
		return true;
	(void)fail(db, "");
	(void)snprintf(db->error.text, sizeof(db->error.text), "serial key %c: %s",
		       serial_character(id), keyring_reason(result));
	return false;
}

bool serial_keys_load(struct db *db, const struct master_key *master, struct keyring *ring)
{
	PGresult *rows = db_query(db, &sql_serial_key_list, DB_NO_VALUES);
	bool ok = rows != NULL;

	for (int i = 0; ok && i < PQntuples(rows); i++)
		ok = add_row(db, master, rows, i, ring);
	PQclear(rows);
	return ok;
}

/* --- another master key --- */

/* *ret_done: it was wrapped with the next one before. */
static bool rewrap_bytes(struct db *db, const struct master_key *master, unsigned id,
			 struct slice wrapped, uint8_t ret_wrapped[KEYRING_WRAPPED_SIZE],
			 bool *ret_done)
{
	struct master_key now = { .has_next = false }, next;
	uint8_t nonce[KEYRING_NONCE_SIZE], key[SERIAL_KEY_SIZE];
	enum keyring_result result;

	if (!random_bytes(db, nonce, sizeof(nonce)))
		return false;
	memcpy(now.bytes, master->bytes, sizeof(now.bytes));
	master_key_next(master, &next);
	result = keyring_rewrap(&now, &next, id, wrapped, nonce, ret_wrapped);
	*ret_done =
	    result == KEYRING_REFUSED && keyring_unwrap(&next, id, wrapped, key) == KEYRING_OK;
	OPENSSL_cleanse(key, sizeof(key));
	master_key_release(&now);
	master_key_release(&next);
	return *ret_done || result == KEYRING_OK || fail(db, keyring_reason(result));
}

static bool rewrap_row(struct db *db, const struct master_key *master, const PGresult *rows,
		       int row, unsigned *count)
{
	unsigned id = (unsigned)db_number_at(rows, row, 0);
	uint8_t again[KEYRING_WRAPPED_SIZE];
	struct slice bytes = { (const char *)again, sizeof(again) };
	size_t length;
	unsigned char *wrapped =
	    PQunescapeBytea((const unsigned char *)PQgetvalue(rows, row, 1), &length);
	bool done = false, ok;

	if (wrapped == NULL)
		return fail(db, keyring_reason(KEYRING_FAILED));
	ok = rewrap_bytes(db, master, id, (struct slice){ (const char *)wrapped, length }, again,
			  &done);
	PQfreemem(wrapped);
	if (!ok || done)
		return ok;
	++*count;
	return db_run(db, &sql_serial_key_rewrap, DB_VALUES(db_number(id), db_bytes(bytes)));
}

static bool rewrap_in_transaction(struct db *db, const struct master_key *master, unsigned *count)
{
	PGresult *rows;
	bool ok;

	if (!db_execute(db, "LOCK TABLE code.serial_key IN SHARE ROW EXCLUSIVE MODE"))
		return false;
	rows = db_query(db, &sql_serial_key_list, DB_NO_VALUES);
	ok = rows != NULL;
	for (int i = 0; ok && i < PQntuples(rows); i++)
		ok = rewrap_row(db, master, rows, i, count);
	PQclear(rows);
	return ok && totp_secrets_rewrap(db, master) && db_run(db, &sql_notify, DB_NO_VALUES) &&
	       db_commit(db);
}

bool serial_keys_rewrap(struct db *db, const struct master_key *master, unsigned *ret_count)
{
	unsigned count = 0;

	if (!db_begin(db))
		return false;
	if (!rewrap_in_transaction(db, master, &count)) {
		db_rollback(db);
		return false;
	}
	*ret_count = count;
	return true;
}
