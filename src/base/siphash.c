/* The SipHash-2-4 pseudorandom function. */
#include "base/siphash.h"

#include <endian.h>

static uint64_t rotate(uint64_t value, unsigned bits)
{
	return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	mix(v);
	v[0] ^= word;
}

uint64_t siphash(const struct siphash_key *key, struct slice text)
{
	uint64_t v[4] = { key->k0 ^ UINT64_C(0x736f6d6570736575),
			  key->k1 ^ UINT64_C(0x646f72616e646f6d),
			  key->k0 ^ UINT64_C(0x6c7967656e657261),
			  key->k1 ^ UINT64_C(0x7465646279746573) };
	size_t whole = text.length & ~(size_t)7;
	uint64_t word, last = 0;

	for (size_t i = 0; i < whole; i += 8) {
		memcpy(&word, text.data + i, 8);
		absorb(v, le64toh(word));
	}
	if (text.length > whole)
		memcpy(&last, text.data + whole, text.length - whole);
	absorb(v, le64toh(last) | (uint64_t)text.length << 56);
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
