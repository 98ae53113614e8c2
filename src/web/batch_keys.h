/*
 * What the master key opens in the console's workers: serial keys, for the one download that needs
 * one, and secrets of second factors, for the one code that is checked; both wiped with it. The
 * key itself stays here. No other process is told it for this: `suyuan jobs` and the lookup workers
 * read no secret of a second factor, and to the database it is sealed.
 */
#ifndef SUYUAN_WEB_BATCH_KEYS_H
#define SUYUAN_WEB_BATCH_KEYS_H

#include "model/keyring.h"
#include "model/totp_seal.h"

/* False: there is no master key (`suyuan key init`), or it does not open this one; it is logged. */
MUSTCHECK bool batch_key_open(unsigned id, struct slice wrapped, struct serial_key *ret_key);

/* Both for the secret of a second factor; false: as above. The caller wipes `ret_secret`. */
MUSTCHECK bool batch_keys_seal_totp(int64_t account, const uint8_t secret[TOTP_SECRET],
				    uint8_t ret_sealed[TOTP_SEALED]);
MUSTCHECK bool batch_keys_open_totp(int64_t account, struct slice stored,
				    uint8_t ret_secret[TOTP_SECRET]);

#endif
