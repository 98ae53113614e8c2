/*
 * Secrets of second factors as the store keeps them: sealed by the master key (model/seal.h) for
 * one account. The console's workers hold that key for the serial keys already (web/batch_keys.h)
 * and no other process learns it for this; the database, its copies and its backups hold nothing
 * that a code could be computed from. Rows from before stand in the clear, TOTP_SECRET bytes: they
 * are sealed when their code is used next, and by `suyuan key rewrap`.
 */
#ifndef SUYUAN_MODEL_TOTP_SEAL_H
#define SUYUAN_MODEL_TOTP_SEAL_H

#include "model/keyring.h"
#include "model/totp.h"

enum { TOTP_SEALED = TOTP_SECRET + SEAL_MORE };

/*
 * With the master key that is to follow, where there is one: what is sealed while keys are
 * rewrapped must open afterwards. False: out of memory.
 */
MUSTCHECK bool totp_seal(const struct master_key *m, int64_t account,
			 const uint8_t secret[TOTP_SECRET], const uint8_t nonce[SEAL_NONCE_SIZE],
			 uint8_t ret_sealed[TOTP_SEALED]);
/* What is stored, sealed by either key or in the clear. The caller wipes `ret_secret`. */
MUSTCHECK enum keyring_result totp_open(const struct master_key *m, int64_t account,
					struct slice stored, uint8_t ret_secret[TOTP_SECRET]);
/* Whether it is sealed by the key that totp_seal() would seal it with. */
bool totp_is_sealed(const struct master_key *m, int64_t account, struct slice stored);

#endif
