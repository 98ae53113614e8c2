/* FF1 format-preserving encryption (NIST SP 800-38G) of rows whose halves fit a machine word. */
#include "model/ff1.h"

#include <assert.h>
#include <openssl/crypto.h>

enum {
	HALF_BITS = 60,	     /* so that a sum of two halves cannot overflow */
	MANY = 256,	     /* blocks given to AES at once: 4 KiB, stays in the first cache */
	LEAST_ROWS = 1000000 /* SP 800-38G rev. 1, section 5.1 */
};

/* --- AES --- */

static const EVP_CIPHER *cipher_for(size_t key_size)
{
	switch (key_size) {
	case 16:
		return EVP_aes_128_ecb();
	case 24:
		return EVP_aes_192_ecb();
	case 32:
		return EVP_aes_256_ecb();
	default:
		return NULL;
	}
}

bool ff1_aes_init(struct ff1_aes *aes, const uint8_t *key, size_t size)
{
	const EVP_CIPHER *cipher = cipher_for(size);

	aes->ecb = NULL;
	if (cipher == NULL)
		return false;
	aes->ecb = EVP_CIPHER_CTX_new();
	if (aes->ecb == NULL)
		return false;
	if (EVP_EncryptInit_ex(aes->ecb, cipher, NULL, key, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(aes->ecb, 0) != 1) {
		ff1_aes_release(aes);
		return false;
	}
	return true;
}

void ff1_aes_release(struct ff1_aes *aes)
{
	if (aes == NULL)
		return;
	EVP_CIPHER_CTX_free(aes->ecb);
	aes->ecb = NULL;
}

/* Whole blocks in place. A ready context cannot fail on them: failure is a bug. */
static void aes_encrypt(EVP_CIPHER_CTX *ecb, uint8_t *blocks, size_t count)
{
	int written = 0;
	int done = EVP_EncryptUpdate(ecb, blocks, &written, blocks, (int)(count * FF1_BLOCK));

	assert(done == 1 && (size_t)written == count * FF1_BLOCK);
}

/* --- what the rows of one tweak share --- */

unsigned ff1_left_length(unsigned length)
{
	return length / 2;
}

/* radix ^ exponent, or 0 where that needs more than HALF_BITS. */
static uint64_t power(unsigned radix, unsigned exponent)
{
	uint64_t value = 1;

	while (exponent-- > 0) {
		value *= radix;
		if (value > UINT64_C(1) << HALF_BITS)
			return 0;
	}
	return value;
}

static unsigned bytes_of(uint64_t largest)
{
	unsigned bytes = 0;

	for (; largest > 0; largest >>= 8)
		bytes++;
	return bytes;
}

static void put_big_endian(uint8_t *out, uint64_t value, unsigned bytes)
{
	while (bytes-- > 0) {
		out[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

/* P of the standard, step 5. */
static void fill_first_block(uint8_t *p, unsigned radix, unsigned length, size_t tweak_size)
{
	p[0] = 1;
	p[1] = 2;
	p[2] = 1;
	put_big_endian(p + 3, radix, 3);
	p[6] = FF1_ROUNDS;
	p[7] = (uint8_t)ff1_left_length(length);
	put_big_endian(p + 8, length, 4);
	put_big_endian(p + 12, tweak_size, 4);
}

static void xor_block(uint8_t *to, const uint8_t *from)
{
	for (unsigned i = 0; i < FF1_BLOCK; i++)
		to[i] ^= from[i];
}

/*
 * CBC-MAC over P and Q (steps 5 and 6.i–ii) up to the last block. Round and number stand
 * in that last block always, because they need bytes + 1 <= 9 bytes at the end of Q.
 */
static void chain_constant_part(struct ff1 *f, unsigned radix, unsigned length,
				const uint8_t *tweak, size_t tweak_size)
{
	enum { Q_MAXIMUM = FF1_TWEAK_MAXIMUM + 2 * FF1_BLOCK };
	uint8_t q[Q_MAXIMUM] = { 0 };
	size_t used = tweak_size + 1 + f->bytes;
	size_t blocks = (used + FF1_BLOCK - 1) / FF1_BLOCK;

	if (tweak_size > 0)
		memcpy(q, tweak, tweak_size);
	fill_first_block(f->last_block, radix, length, tweak_size);
	aes_encrypt(f->ecb, f->last_block, 1);
	for (size_t i = 0; i + 1 < blocks; i++) {
		xor_block(f->last_block, q + i * FF1_BLOCK);
		aes_encrypt(f->ecb, f->last_block, 1);
	}
	xor_block(f->last_block, q + (blocks - 1) * FF1_BLOCK);
}

bool ff1_init(struct ff1 *f, struct ff1_aes *aes, unsigned radix, unsigned length,
	      const uint8_t *tweak, size_t tweak_size)
{
	struct ff1 made = { .ecb = aes->ecb };

	if (radix < 2 || radix > 65536 || length < 2 || tweak_size > FF1_TWEAK_MAXIMUM)
		return false;
	made.left_modulus = power(radix, ff1_left_length(length));
	made.right_modulus = power(radix, length - ff1_left_length(length));
	if (made.left_modulus == 0 || made.right_modulus == 0)
		return false;
	if (made.left_modulus < LEAST_ROWS && made.left_modulus * made.right_modulus < LEAST_ROWS)
		return false;
	made.bytes = bytes_of(made.right_modulus - 1);
	made.mac_bytes = 4 * ((made.bytes + 3) / 4) + 4;
	chain_constant_part(&made, radix, length, tweak, tweak_size);
	*f = made;
	return true;
}

/* --- rounds --- */

static void fill_round(const struct ff1 *f, unsigned round, uint64_t number, uint8_t *block)
{
	memcpy(block, f->last_block, FF1_BLOCK);
	block[FF1_BLOCK - 1 - f->bytes] ^= (uint8_t)round;
	for (unsigned i = FF1_BLOCK; i > FF1_BLOCK - f->bytes; i--) {
		block[i - 1] ^= (uint8_t)number;
		number >>= 8;
	}
}

static uint64_t get_big_endian(const uint8_t *in, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value = value << 8 | in[i];
	return value;
}

/* NUM of the first mac_bytes (8 or 12) of the round's output, reduced; step 6.iv–vi. */
static uint64_t round_value(const struct ff1 *f, const uint8_t *block, uint64_t modulus)
{
	unsigned rest = f->mac_bytes - 8;
	unsigned __int128 y = get_big_endian(block, 8);

	if ((modulus & (modulus - 1)) ==
	    0) /* a power of two, as for radix 32: only the end counts */
		return get_big_endian(block + rest, 8) & (modulus - 1);
	y = y << 8 * rest | get_big_endian(block + 8, rest);
	return (uint64_t)(y % modulus);
}

static uint64_t modulus_of(const struct ff1 *f, unsigned round)
{
	return round % 2 == 0 ? f->left_modulus : f->right_modulus;
}

/* The half that round `round` changes: even rounds the left one, odd rounds the right one. */
static uint64_t *changed(struct ff1_halves *row, unsigned round)
{
	return round % 2 == 0 ? &row->left : &row->right;
}

static uint64_t *other(struct ff1_halves *row, unsigned round)
{
	return round % 2 == 0 ? &row->right : &row->left;
}

static void add_round(const struct ff1 *f, unsigned round, const uint8_t *block,
		      struct ff1_halves *row)
{
	uint64_t modulus = modulus_of(f, round);
	uint64_t sum = *changed(row, round) + round_value(f, block, modulus);

	*changed(row, round) = sum < modulus ? sum : sum - modulus;
}

static void subtract_round(const struct ff1 *f, unsigned round, const uint8_t *block,
			   struct ff1_halves *row)
{
	uint64_t modulus = modulus_of(f, round);
	uint64_t value = *changed(row, round), y = round_value(f, block, modulus);

	*changed(row, round) = value >= y ? value - y : value + modulus - y;
}

static void encrypt_chunk(const struct ff1 *f, struct ff1_halves *rows, size_t count)
{
	uint8_t blocks[MANY][FF1_BLOCK];

	for (unsigned round = 0; round < FF1_ROUNDS; round++) {
		for (size_t i = 0; i < count; i++)
			fill_round(f, round, *other(&rows[i], round), blocks[i]);
		aes_encrypt(f->ecb, blocks[0], count);
		for (size_t i = 0; i < count; i++)
			add_round(f, round, blocks[i], &rows[i]);
	}
}

void ff1_encrypt_many(const struct ff1 *f, struct ff1_halves *rows, size_t count)
{
	for (size_t done = 0; done < count; done += MANY)
		encrypt_chunk(f, rows + done, count - done < MANY ? count - done : MANY);
}

static void check_row(const struct ff1 *f, const struct ff1_halves *row)
{
	assert(row->left < f->left_modulus && row->right < f->right_modulus);
}

void ff1_encrypt(const struct ff1 *f, struct ff1_halves *row)
{
	check_row(f, row);
	encrypt_chunk(f, row, 1);
}

void ff1_decrypt(const struct ff1 *f, struct ff1_halves *row)
{
	uint8_t block[FF1_BLOCK];

	check_row(f, row);
	for (unsigned round = FF1_ROUNDS; round-- > 0;) {
		fill_round(f, round, *other(row, round), block);
		aes_encrypt(f->ecb, block, 1);
		subtract_round(f, round, block, row);
	}
}
