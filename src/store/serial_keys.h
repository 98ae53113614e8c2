/*
 * The serial keys in the database: made at random, kept wrapped by the master key, in
 * code.serial_key and, for the lookup process, in pub.serial_key. One is current and makes new
 * codes; the others still answer for theirs.
 */
#ifndef SUYUAN_STORE_SERIAL_KEYS_H
#define SUYUAN_STORE_SERIAL_KEYS_H

#include "model/keyring.h"
#include "store/db.h"

/* Makes the next key and makes it current, in one transaction. False: db->error. */
MUSTCHECK bool serial_keys_add(struct db *db, const struct master_key *master, unsigned *ret_id);
/*
 * Unwraps every key into `ring`, which is empty. False: db->error says why, also when the master
 * key is not the one they were wrapped with.
 */
MUSTCHECK bool serial_keys_load(struct db *db, const struct master_key *master,
				struct keyring *ring);

/*
 * Wraps every key with the master key that is to follow, and what else it seals
 * (store/totp_secrets.h), in one transaction; those it wraps already stay. `ret_count`: of keys.
 * `master` has a next one. False: db->error; nothing changed unless error.in_doubt.
 */
MUSTCHECK bool serial_keys_rewrap(struct db *db, const struct master_key *master,
				  unsigned *ret_count);

#endif
