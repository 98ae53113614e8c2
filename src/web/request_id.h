/*
 * What a request is called in the log and in answers that tell a problem: 64 bits that say nothing
 * to who gets them, neither how many requests there are nor when.
 */
#ifndef SUYUAN_WEB_REQUEST_ID_H
#define SUYUAN_WEB_REQUEST_ID_H

#include "base/siphash.h"

/*
 * A permutation of the numbers of 64 bits under a key: no two give the same, and who has not the
 * key cannot tell which stand beside each other. Six rounds of Feistel's with SipHash.
 */
uint64_t request_id_permute(const struct siphash_key *key, uint64_t number);

/* Unique over workers and restarts; the key is drawn when the server starts. */
uint64_t request_id_next(void);

#endif
