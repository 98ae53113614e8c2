/*
 * SipHash-2-4 (Aumasson, Bernstein, 2012): a short keyed hash for tables whose keys strangers
 * choose. Without the key nobody can make keys that fall together.
 */
#ifndef SUYUAN_BASE_SIPHASH_H
#define SUYUAN_BASE_SIPHASH_H

#include "base/slice.h"

struct siphash_key {
	uint64_t k0, k1; /* random, made anew in every process */
};

uint64_t siphash(const struct siphash_key *key, struct slice text);

#endif
