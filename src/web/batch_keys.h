/*
 * The serial keys in the console's workers: opened with the master key for the one download that
 * needs it, and wiped with it.
 */
#ifndef SUYUAN_WEB_BATCH_KEYS_H
#define SUYUAN_WEB_BATCH_KEYS_H

#include "model/keyring.h"

/* False: there is no master key (`suyuan key init`), or it does not open this one; it is logged. */
MUSTCHECK bool batch_key_open(unsigned id, struct slice wrapped, struct serial_key *ret_key);

#endif
