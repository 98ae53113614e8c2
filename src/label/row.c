/* Rows laid down once and written many times. */
#include "label/row.h"

#include <assert.h>

#include "model/batch.h"

enum {
	DIGITS_MOST = 16,
	GROUP = 4, /* characters of a serial between hyphens */
};

/* --- laying down ---------------------------------------------------------------------------- */

void row_init(struct row *row, enum row_encoding encoding, unsigned serial_length)
{
	assert(serial_length >= SERIAL_LENGTH_LEAST && serial_length <= SERIAL_LENGTH_MOST);
	*row = (struct row){ .encoding = encoding, .serial_length = serial_length };
	buf_init(&row->text, ROW_MAXIMUM);
}

void row_release(struct row *row)
{
	if (row != NULL)
		buf_release(&row->text);
}

bool row_ok(const struct row *row)
{
	return buf_ok(&row->text);
}

static void add_unit(struct buf *out, unsigned unit)
{
	buf_add_char(out, (char)(unit & 0xff));
	buf_add_char(out, (char)(unit >> 8));
}

/* RFC 2781, 2.1. */
static void add_utf16(struct buf *out, unsigned character)
{
	if (character < 0x10000) {
		add_unit(out, character);
		return;
	}
	character -= 0x10000;
	add_unit(out, 0xd800 | character >> 10);
	add_unit(out, 0xdc00 | (character & 0x3ff));
}

/* The character that begins at `at` in well-formed UTF-8; *at moves behind it. */
static unsigned next_character(struct slice text, size_t *at)
{
	unsigned char lead = (unsigned char)text.data[(*at)++];
	unsigned more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
	unsigned character = more == 0 ? lead : lead & (0x3fu >> more);

	while (more-- > 0 && *at < text.length)
		character = character << 6 | ((unsigned char)text.data[(*at)++] & 0x3fu);
	return character;
}

void row_encode(enum row_encoding encoding, struct slice text, struct buf *out)
{
	if (encoding == ROW_UTF8) {
		buf_add_slice(out, text);
		return;
	}
	for (size_t at = 0; at < text.length;)
		add_utf16(out, next_character(text, &at));
}

void row_add(struct row *row, struct slice text)
{
	row_encode(row->encoding, text, &row->text);
}

void row_add_number(struct row *row)
{
	assert(!row->has_number);
	row->has_number = true;
	row->number_at = row->text.length;
}

static void add_place(struct row *row, bool grouped)
{
	char other[SERIAL_LENGTH_MOST], room[2 * SERIAL_LENGTH_MOST];
	struct buf text = { .data = room, .capacity = sizeof(room), .maximum = sizeof(room) };

	assert(row->place_count < ROW_PLACES);
	row->places[row->place_count++] = (struct row_place){ row->text.length, grouped };
	memset(other, '0', sizeof(other));
	if (grouped)
		serial_print_grouped((struct slice){ other, row->serial_length }, &text);
	else
		buf_add(&text, other, row->serial_length);
	row_add(row, buf_slice(&text));
}

void row_add_serial(struct row *row)
{
	add_place(row, false);
}

void row_add_grouped(struct row *row)
{
	add_place(row, true);
}

void row_add_pin(struct row *row, unsigned digits)
{
	assert(row->pin_digits == 0 && digits > 0);
	row->pin_digits = digits;
	row->pin_at = row->text.length;
	for (unsigned i = 0; i < digits; i++)
		row_add(row, S("0"));
}

/* --- where things are ----------------------------------------------------------------------- */

/* Bytes of a digit; all ASCII characters have as many. */
static unsigned unit(const struct row *row)
{
	return row->encoding == ROW_UTF16LE ? 2 : 1;
}

static unsigned digits_of(uint64_t number)
{
	unsigned digits = 1;

	while (number >= 10) {
		number /= 10;
		digits++;
	}
	return digits;
}

static size_t row_length(const struct row *row, unsigned digits)
{
	return row->text.length + (row->has_number ? (size_t)digits * unit(row) : 0);
}

/* The last number with so many digits. */
static uint64_t last_of(unsigned digits)
{
	uint64_t power = 1;

	while (digits-- > 0)
		power *= 10;
	return power - 1;
}

uint64_t row_bytes(const struct row *row, uint64_t first, uint64_t last)
{
	uint64_t bytes = 0;

	while (first <= last) {
		unsigned digits = digits_of(first);
		uint64_t end = last_of(digits) < last ? last_of(digits) : last;

		bytes += (end - first + 1) * row_length(row, digits);
		first = end + 1;
	}
	return bytes;
}

uint64_t row_at(const struct row *row, uint64_t first, uint64_t at)
{
	for (;;) {
		unsigned digits = digits_of(first);
		uint64_t rows = last_of(digits) - first + 1, length = row_length(row, digits);

		if (at < rows * length)
			return first + at / length;
		at -= rows * length;
		first += rows;
	}
}

/* --- writing -------------------------------------------------------------------------------- */

/* A number that counts up as text; only the digits that change are touched. */
struct counter {
	char digits[DIGITS_MOST]; /* the last one at the end */
	unsigned count;
};

static void counter_set(struct counter *c, uint64_t number)
{
	c->count = 0;
	do {
		c->digits[DIGITS_MOST - ++c->count] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
}

static void counter_next(struct counter *c)
{
	unsigned at = DIGITS_MOST - 1;

	while (at >= DIGITS_MOST - c->count && c->digits[at] == '9')
		c->digits[at--] = '0';
	if (at >= DIGITS_MOST - c->count)
		c->digits[at]++;
	else
		c->digits[DIGITS_MOST - ++c->count] = '1';
}

/* ASCII into the lower bytes of UTF-16; the upper ones are 0 already. */
static void put_wide(char *to, const char *from, size_t length)
{
	for (size_t i = 0; i < length; i++)
		to[2 * i] = from[i];
}

/* 10 to 20 bytes by moves of fixed length, which overlap: a call to memcpy() would cost more. */
static void put_serial(char *to, const char *serial, size_t length)
{
	memcpy(to, serial, 8);
	if (length > 16)
		memcpy(to + 8, serial + 8, 8);
	memcpy(to + length - 8, serial + length - 8, 8);
}

/* The hyphens are there already. */
static void put_grouped(char *to, const char *serial, size_t length)
{
	size_t at = 0;

	for (; at + GROUP < length; at += GROUP) {
		memcpy(to, serial + at, GROUP);
		to += GROUP + 1;
	}
	if (length - at == 1)
		to--; /* a last group of one is joined to the one before */
	for (; at < length; at++)
		*to++ = serial[at];
}

static void put_grouped_wide(char *to, const char *serial, size_t length)
{
	for (size_t at = 0; at < length; at++) {
		if (at > 0 && at % GROUP == 0 && at + 1 < length)
			to += 2;
		*to = serial[at];
		to += 2;
	}
}

/* `shift`: bytes of the number, which stands before the place. */
static void put_place(const struct row *row, char *text, size_t shift,
		      const struct row_place *place, const char *serial)
{
	char *to = text + place->at + shift;
	size_t length = row->serial_length;

	if (row->encoding == ROW_UTF8 && place->grouped)
		put_grouped(to, serial, length);
	else if (row->encoding == ROW_UTF8)
		put_serial(to, serial, length);
	else if (place->grouped)
		put_grouped_wide(to, serial, length);
	else
		put_wide(to, serial, length);
}

/* A row with room for a number of so many digits. */
static void make_stamp(const struct row *row, unsigned digits, struct buf *stamp)
{
	const struct slice all = buf_slice(&row->text);
	static const char zeros[2 * DIGITS_MOST];

	buf_clear(stamp);
	buf_add(stamp, all.data, row->number_at);
	if (row->has_number)
		buf_add(stamp, zeros, (size_t)digits * unit(row));
	buf_add_slice(stamp, slice_from(all, row->number_at));
}

static void put_pin(const struct row *row, char *to, const char *pin)
{
	if (row->encoding == ROW_UTF16LE)
		put_wide(to, pin, row->pin_digits);
	else
		memcpy(to, pin, row->pin_digits);
}

static void fill(const struct row *row, char *text, const struct counter *number,
		 const char *serial, const char *pin)
{
	const char *digits = number->digits + DIGITS_MOST - number->count;
	size_t shift = row->has_number ? (size_t)number->count * unit(row) : 0;

	if (row->has_number && row->encoding == ROW_UTF16LE)
		put_wide(text + row->number_at, digits, number->count);
	else if (row->has_number)
		memcpy(text + row->number_at, digits, number->count);
	for (unsigned i = 0; i < row->place_count; i++) {
		const struct row_place *place = &row->places[i];

		put_place(row, text, place->at < row->number_at ? 0 : shift, place, serial);
	}
	if (row->pin_digits > 0)
		put_pin(row, text + row->pin_at + shift, pin);
}

/* Rows whose numbers have the same count of digits, in room that is there. */
static char *write_alike(const struct row *row, struct slice stamp, struct counter *number,
			 size_t count, const char *serials, const char *pins, char *to)
{
	for (size_t i = 0; i < count; i++) {
		memcpy(to, stamp.data, stamp.length);
		fill(row, to, number, serials + i * row->serial_length,
		     row->pin_digits == 0 ? NULL : pins + i * row->pin_digits);
		counter_next(number);
		to += stamp.length;
	}
	return to;
}

void row_write(const struct row *row, uint64_t first, size_t count, const char *serials,
	       const char *pins, struct buf *out)
{
	size_t bytes = count == 0 ? 0 : (size_t)row_bytes(row, first, first + count - 1);
	char *to = bytes == 0 ? NULL : buf_reserve(out, bytes);
	struct counter number;
	struct buf stamp;

	if (to == NULL)
		return;
	buf_init(&stamp, ROW_MAXIMUM + 2 * DIGITS_MOST);
	counter_set(&number, first);
	for (size_t done = 0, alike; done < count && buf_ok(&stamp); done += alike) {
		uint64_t more = last_of(number.count) - (first + done) + 1;

		alike = count - done < more ? count - done : (size_t)more;
		make_stamp(row, number.count, &stamp);
		if (buf_ok(&stamp))
			to = write_alike(
			    row, buf_slice(&stamp), &number, alike,
			    serials + done * row->serial_length,
			    row->pin_digits == 0 ? NULL : pins + done * row->pin_digits, to);
	}
	if (buf_ok(&stamp))
		out->length += bytes;
	else
		out->failed = true;
	buf_release(&stamp);
}
