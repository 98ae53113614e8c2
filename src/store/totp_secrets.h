/* The secrets of second factors, where the master key changes under them (model/totp_seal.h). */
#ifndef SUYUAN_STORE_TOTP_SECRETS_H
#define SUYUAN_STORE_TOTP_SECRETS_H

#include "model/keyring.h"
#include "store/db.h"

/*
 * Seals every secret with the master key that is to follow, also those that stood in the clear, in
 * the caller's transaction; those sealed by it already stay. `master` has a next one. False:
 * db->error, and the transaction is to be undone.
 */
MUSTCHECK bool totp_secrets_rewrap(struct db *db, const struct master_key *master);

#endif
