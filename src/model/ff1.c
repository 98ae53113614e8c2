/* FF1 format-preserving encryption (NIST SP 800-38G) of rows whose halves fit a machine word. */
#include "model/ff1.h"

#include <assert.h>
#include <endian.h>
#include <openssl/crypto.h>

enum {
	HALF_BITS = 60,	     /* so that a sum of two halves cannot overflow */
	MANY = 256,	     /* blocks given to AES at once: 4 KiB, stays in the first cache */
	LEAST_ROWS = 1000000 /* SP 800-38G rev. 1, section 5.1 */
};

#define INLINE static inline __attribute__((always_inline))

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

/* A word of a block, most significant byte first. */
static uint64_t get_word(const uint8_t *in)
{
	uint64_t word;

	memcpy(&word, in, sizeof(word));
	return be64toh(word);
}

static void put_word(uint8_t *out, uint64_t word)
{
	word = htobe64(word);
	memcpy(out, &word, sizeof(word));
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
	uint8_t q[Q_MAXIMUM] = { 0 }, chained[FF1_BLOCK];
	size_t used = tweak_size + 1 + f->bytes;
	size_t blocks = (used + FF1_BLOCK - 1) / FF1_BLOCK;

	if (tweak_size > 0)
		memcpy(q, tweak, tweak_size);
	fill_first_block(chained, radix, length, tweak_size);
	aes_encrypt(f->ecb, chained, 1);
	for (size_t i = 0; i + 1 < blocks; i++) {
		xor_block(chained, q + i * FF1_BLOCK);
		aes_encrypt(f->ecb, chained, 1);
	}
	xor_block(chained, q + (blocks - 1) * FF1_BLOCK);
	f->high = get_word(chained);
	f->low = get_word(chained + 8);
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

/* The last block of a round as two words; the number is still to be added to `low`. */
struct round {
	uint64_t high, low;
};

/* The round's byte stands before the number, which has f->bytes bytes, at most 8. */
static struct round round_of(const struct ff1 *f, unsigned round)
{
	struct round r = { f->high, f->low };

	if (f->bytes < 8)
		r.low ^= (uint64_t)round << 8 * f->bytes;
	else
		r.high ^= round;
	return r;
}

static void fill_block(const struct round *round, uint64_t number, uint8_t *block)
{
	put_word(block, round->high);
	put_word(block + 8, round->low ^ number);
}

static bool is_power_of_two(uint64_t modulus)
{
	return (modulus & (modulus - 1)) == 0;
}

/* NUM of the first mac_bytes (8 or 12) of the round's output, reduced; step 6.iv–vi. */
static uint64_t round_value(const struct ff1 *f, const uint8_t *block, uint64_t modulus)
{
	unsigned rest = f->mac_bytes - 8;
	unsigned __int128 y = get_word(block);

	if (is_power_of_two(modulus)) /* as for radix 32: only the end counts */
		return get_word(block + rest) & (modulus - 1);
	if (rest > 0)
		y = y << 32 | get_word(block + 8) >> 32;
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

static void subtract_round(const struct ff1 *f, unsigned round, const uint8_t *block,
			   struct ff1_halves *row)
{
	uint64_t modulus = modulus_of(f, round);
	uint64_t value = *changed(row, round), y = round_value(f, block, modulus);

	*changed(row, round) = value >= y ? value - y : value + modulus - y;
}

/* Adds the values of a round to the halves it changes. */
static void add_values(const struct ff1 *f, unsigned round, uint8_t blocks[][FF1_BLOCK],
		       struct ff1_halves *rows, size_t count)
{
	uint64_t modulus = modulus_of(f, round);

	for (size_t i = 0; i < count; i++) {
		uint64_t *half = changed(&rows[i], round);
		uint64_t sum = *half + round_value(f, blocks[i], modulus);

		*half = sum < modulus ? sum : sum - modulus;
	}
}

/* The same for a power of two, as for radix 32: only the last bits of the value count. */
INLINE void add_bits(const struct ff1 *f, unsigned round, uint8_t blocks[][FF1_BLOCK],
		     struct ff1_halves *rows, size_t count)
{
	uint64_t bits = modulus_of(f, round) - 1;
	unsigned at = f->mac_bytes - 8;

	for (size_t i = 0; i < count; i++) {
		uint64_t *half = changed(&rows[i], round);

		*half = (*half + get_word(blocks[i] + at)) & bits;
	}
}

/* Inlined with a constant parity, so that the loops step through one half without asking which. */
INLINE void run_round(const struct ff1 *f, unsigned index, unsigned parity, struct ff1_halves *rows,
		      size_t count)
{
	struct round round = round_of(f, index);
	uint8_t blocks[MANY][FF1_BLOCK];

	for (size_t i = 0; i < count; i++)
		fill_block(&round, *other(&rows[i], parity), blocks[i]);
	aes_encrypt(f->ecb, blocks[0], count);
	if (is_power_of_two(modulus_of(f, parity)))
		add_bits(f, parity, blocks, rows, count);
	else
		add_values(f, parity, blocks, rows, count);
}

static void encrypt_chunk(const struct ff1 *f, struct ff1_halves *rows, size_t count)
{
	for (unsigned i = 0; i < FF1_ROUNDS; i += 2) {
		run_round(f, i, 0, rows, count);
		run_round(f, i + 1, 1, rows, count);
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
	for (unsigned i = FF1_ROUNDS; i-- > 0;) {
		struct round round = round_of(f, i);

		fill_block(&round, *other(row, i), block);
		aes_encrypt(f->ecb, block, 1);
		subtract_round(f, i, block, row);
	}
}
