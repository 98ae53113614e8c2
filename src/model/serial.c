/* Serials: a counter through FF1 to characters and back. */
#include "model/serial.h"

#include <assert.h>

#include "model/gs1.h"
#include "model/pin.h"

enum {
	BITS = 5, /* of one character */
	RADIX = 1 << BITS,
	MANY = 256, /* serials computed at once; what ff1_encrypt_many() likes */
	NO_DIGIT = 0xff,
};

static const char alphabet[RADIX + 1] = SERIAL_ALPHABET;

/* The digit a character stands for plus one, or 0: kept this way so that the rest is zero. */
static const uint8_t digit_plus_one[256] = {
	['0'] = 1,  ['1'] = 2,	['2'] = 3,  ['3'] = 4,	['4'] = 5,  ['5'] = 6,	['6'] = 7,
	['7'] = 8,  ['8'] = 9,	['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14,
	['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['M'] = 21,
	['N'] = 22, ['P'] = 23, ['Q'] = 24, ['R'] = 25, ['S'] = 26, ['T'] = 27, ['V'] = 28,
	['W'] = 29, ['X'] = 30, ['Y'] = 31, ['Z'] = 32,
};

static unsigned digit_of(char character)
{
	unsigned found = digit_plus_one[(unsigned char)character];

	return found == 0 ? NO_DIGIT : found - 1;
}

/* --- keys --- */

bool serial_key_init(struct serial_key *k, unsigned id, const uint8_t key[SERIAL_KEY_SIZE])
{
	*k = (struct serial_key){ .id = id };
	if (id >= SERIAL_KEY_IDS || !ff1_aes_init(&k->aes, key, SERIAL_KEY_SIZE))
		return false;
	k->pins = pin_mac_new(key);
	if (k->pins == NULL)
		serial_key_release(k);
	return k->pins != NULL;
}

void serial_key_release(struct serial_key *k)
{
	if (k == NULL)
		return;
	ff1_aes_release(&k->aes);
	pin_mac_free(k->pins);
	k->pins = NULL;
}

char serial_character(unsigned id)
{
	assert(id < SERIAL_KEY_IDS);
	return alphabet[id];
}

enum serial_result serial_key_id(struct slice serial, unsigned *ret_id)
{
	unsigned digit;

	if (serial.length == 0)
		return SERIAL_BAD_LENGTH;
	digit = digit_of(serial.data[0]);
	if (digit == NO_DIGIT)
		return SERIAL_BAD_CHARACTER;
	*ret_id = digit;
	return SERIAL_OK;
}

/* --- counters and characters --- */

static bool length_ok(size_t length)
{
	return length >= SERIAL_LENGTH_LEAST && length <= SERIAL_LENGTH_MOST;
}

/* Everything FF1 needs for the serials of one GTIN and length. Both were checked. */
static void prepare(struct ff1 *f, struct serial_key *k, uint64_t gtin, unsigned length)
{
	char tweak[GTIN_TEXT_SIZE];
	bool made;

	gtin_format(gtin, tweak);
	made = ff1_init(f, &k->aes, RADIX, length - 1, (const uint8_t *)tweak, GTIN_DIGITS);
	assert(made);
}

static unsigned right_bits(unsigned length)
{
	return BITS * (length - 1 - ff1_left_length(length - 1));
}

/* Does the counter fit into length - 1 digits? */
static bool counter_fits(uint64_t counter, unsigned length)
{
	unsigned bits = BITS * (length - 1);

	return bits >= 64 || counter >> bits == 0;
}

static struct ff1_halves split(uint64_t counter, unsigned bits)
{
	struct ff1_halves row = { counter >> bits, counter & ((UINT64_C(1) << bits) - 1) };

	return row;
}

static void write_digits(char *end, uint64_t half, unsigned digits)
{
	while (digits-- > 0) {
		*--end = alphabet[half % RADIX];
		half /= RADIX;
	}
}

static void write_serial(char *out, unsigned id, const struct ff1_halves *row, unsigned length)
{
	unsigned left = ff1_left_length(length - 1);

	out[0] = alphabet[id];
	write_digits(out + 1 + left, row->left, left);
	write_digits(out + length, row->right, length - 1 - left);
}

static enum serial_result check_encode(uint64_t gtin, uint64_t last, unsigned length)
{
	if (!length_ok(length))
		return SERIAL_BAD_LENGTH;
	if (gtin >= SERIAL_GTINS)
		return SERIAL_BAD_GTIN;
	if (!counter_fits(last, length))
		return SERIAL_OUT_OF_RANGE;
	return SERIAL_OK;
}

enum serial_result serial_encode(struct serial_key *k, uint64_t gtin, uint64_t counter,
				 unsigned length, char *ret_serial)
{
	enum serial_result result = check_encode(gtin, counter, length);
	struct ff1_halves row;
	struct ff1 f;

	if (result != SERIAL_OK)
		return result;
	prepare(&f, k, gtin, length);
	row = split(counter, right_bits(length));
	ff1_encrypt(&f, &row);
	write_serial(ret_serial, k->id, &row, length);
	ret_serial[length] = '\0';
	return SERIAL_OK;
}

static void encode_chunk(const struct ff1 *f, unsigned id, uint64_t first, size_t count,
			 unsigned length, char *out)
{
	struct ff1_halves rows[MANY];

	for (size_t i = 0; i < count; i++)
		rows[i] = split(first + i, right_bits(length));
	ff1_encrypt_many(f, rows, count);
	for (size_t i = 0; i < count; i++)
		write_serial(out + i * length, id, &rows[i], length);
}

enum serial_result serial_encode_many(struct serial_key *k, uint64_t gtin, uint64_t first,
				      size_t count, unsigned length, char *ret_serials)
{
	enum serial_result result;
	struct ff1 f;

	if (count > 0 && first > UINT64_MAX - (count - 1))
		return SERIAL_OUT_OF_RANGE;
	result = check_encode(gtin, count == 0 ? first : first + (count - 1), length);
	if (result != SERIAL_OK)
		return result;
	prepare(&f, k, gtin, length);
	for (size_t done = 0; done < count; done += MANY)
		encode_chunk(&f, k->id, first + done, count - done < MANY ? count - done : MANY,
			     length, ret_serials + done * length);
	return SERIAL_OK;
}

static bool read_digits(const char *text, unsigned digits, uint64_t *ret_half)
{
	uint64_t half = 0;

	for (unsigned i = 0; i < digits; i++) {
		unsigned digit = digit_of(text[i]);

		if (digit == NO_DIGIT)
			return false;
		half = half << BITS | digit;
	}
	*ret_half = half;
	return true;
}

static enum serial_result join(const struct ff1_halves *row, unsigned bits, uint64_t *ret_counter)
{
	if (row->left >> (64 - bits) != 0)
		return SERIAL_OUT_OF_RANGE;
	*ret_counter = row->left << bits | row->right;
	return SERIAL_OK;
}

enum serial_result serial_decode(struct serial_key *k, struct slice serial, uint64_t gtin,
				 uint64_t *ret_counter)
{
	unsigned length = (unsigned)serial.length, left, id;
	struct ff1_halves row;
	struct ff1 f;

	if (!length_ok(serial.length))
		return SERIAL_BAD_LENGTH;
	left = ff1_left_length(length - 1);
	if (serial_key_id(serial, &id) != SERIAL_OK ||
	    !read_digits(serial.data + 1, left, &row.left) ||
	    !read_digits(serial.data + 1 + left, length - 1 - left, &row.right))
		return SERIAL_BAD_CHARACTER;
	if (gtin >= SERIAL_GTINS)
		return SERIAL_BAD_GTIN;
	if (id != k->id)
		return SERIAL_OTHER_KEY;
	prepare(&f, k, gtin, length);
	ff1_decrypt(&f, &row);
	return join(&row, right_bits(length), ret_counter);
}

/* --- settings and words --- */

uint64_t serial_counters_most(unsigned length)
{
	unsigned bits = BITS * (length - 1);
	uint64_t most;

	if (!length_ok(length))
		return 0;
	if (bits >= 60) /* even every counter there is makes no better chance */
		return SERIAL_COUNTERS;
	most = (UINT64_C(1) << bits) / SERIAL_GUESSES;
	return most < SERIAL_COUNTERS ? most : SERIAL_COUNTERS;
}

bool serial_settings_ok(unsigned length, uint64_t issued)
{
	return length_ok(length) && issued <= serial_counters_most(length);
}

const char *serial_reason(enum serial_result result)
{
	static const char *const reasons[] = {
		[SERIAL_OK] = "fine",
		[SERIAL_BAD_LENGTH] = "a serial has 10 to 20 characters",
		[SERIAL_BAD_CHARACTER] = "a serial has only the characters " SERIAL_ALPHABET,
		[SERIAL_BAD_GTIN] = "a GTIN has 14 digits",
		[SERIAL_OTHER_KEY] = "the first character of the serial names another key",
		[SERIAL_OUT_OF_RANGE] = "the counter does not fit",
	};

	return reasons[result];
}
