/* Seals the secrets of second factors anew. */
#include "store/totp_secrets.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include "model/totp_seal.h"
#include "store/sql.h"

static bool fail(struct db *db, int64_t account, enum keyring_result result)
{
	db->error = (struct store_error){ .sqlstate = "XX000" };
	(void)snprintf(db->error.text, sizeof(db->error.text), "second factor of account %lld: %s",
		       (long long)account, keyring_reason(result));
	return false;
}

static bool seal_anew(struct db *db, const struct master_key *master, int64_t account,
		      struct slice stored)
{
	uint8_t secret[TOTP_SECRET], nonce[SEAL_NONCE_SIZE], sealed[TOTP_SEALED];
	enum keyring_result result = totp_open(master, account, stored, secret);

	if (result != KEYRING_OK)
		return fail(db, account, result);
	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce) ||
	    !totp_seal(master, account, secret, nonce, sealed))
		result = KEYRING_FAILED;
	OPENSSL_cleanse(secret, sizeof(secret));
	if (result != KEYRING_OK)
		return fail(db, account, result);
	return db_run(db, &sql_totp_secret_seal,
		      DB_VALUES(db_number(account),
				db_bytes((struct slice){ (const char *)sealed, sizeof(sealed) })));
}

static bool rewrap_row(struct db *db, const struct master_key *master, const PGresult *rows,
		       int row)
{
	int64_t account = db_number_at(rows, row, 0);
	struct slice stored = { NULL, 0 };
	unsigned char *bytes =
	    PQunescapeBytea((const unsigned char *)PQgetvalue(rows, row, 1), &stored.length);
	bool ok;

	if (bytes == NULL)
		return fail(db, account, KEYRING_FAILED);
	stored.data = (const char *)bytes;
	ok = totp_is_sealed(master, account, stored) || seal_anew(db, master, account, stored);
	OPENSSL_cleanse(bytes, stored.length);
	PQfreemem(bytes);
	return ok;
}

bool totp_secrets_rewrap(struct db *db, const struct master_key *master)
{
	PGresult *rows = db_query(db, &sql_totp_secret_list, DB_NO_VALUES);
	bool ok = rows != NULL;

	for (int i = 0; ok && i < PQntuples(rows); i++)
		ok = rewrap_row(db, master, rows, i);
	PQclear(rows);
	return ok;
}
