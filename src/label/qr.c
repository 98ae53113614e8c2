/* QR symbols from libqrencode, with version and level chosen here. */
#include "label/qr.h"

#include <assert.h>
#include <qrencode.h>

static const char level_letters[] = "LMQH";

/* Data codewords by version and level (ISO/IEC 18004, table 7). */
static const uint16_t codewords[QR_VERSION_MOST + 1][4] = {
	{ 0, 0, 0, 0 },	       { 19, 16, 13, 9 },      { 34, 28, 22, 16 },     { 55, 44, 34, 26 },
	{ 80, 64, 48, 36 },    { 108, 86, 62, 46 },    { 136, 108, 76, 60 },   { 156, 124, 88, 66 },
	{ 194, 154, 110, 86 }, { 232, 182, 132, 100 }, { 274, 216, 154, 122 },
};

static bool is_alphanumeric(struct slice text)
{
	static const char set[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] == '\0' || strchr(set, text.data[i]) == NULL)
			return false;
	return true;
}

/* Bits of one segment with its mode and count (ISO/IEC 18004, 7.4.4 and 7.4.5, table 3). */
static size_t bits_needed(size_t length, bool alphanumeric, unsigned version)
{
	bool long_count = version >= 10;

	if (alphanumeric)
		return (long_count ? 4U + 11 : 4U + 9) + length / 2 * 11 + length % 2 * 6;
	return (long_count ? 4U + 16 : 4U + 8) + length * 8;
}

static bool fits(size_t length, bool alphanumeric, unsigned version, enum qr_level level)
{
	return bits_needed(length, alphanumeric, version) <= (size_t)codewords[version][level] * 8;
}

static bool choose(size_t length, bool alphanumeric, struct qr *qr)
{
	qr->version = 1;
	while (qr->version <= QR_VERSION_MOST &&
	       !fits(length, alphanumeric, qr->version, qr->level))
		qr->version++;
	if (qr->version > QR_VERSION_MOST)
		return false;
	while (qr->level < QR_LEVEL_H && fits(length, alphanumeric, qr->version, qr->level + 1))
		qr->level++;
	return true;
}

static void copy_modules(const QRcode *code, struct qr *qr)
{
	qr->size = (unsigned)code->width;
	for (unsigned i = 0; i < qr->size * qr->size; i++)
		qr->dark[i] = code->data[i] & 1;
}

static bool draw(struct slice text, bool alphanumeric, struct qr *qr)
{
	QRinput *input = QRinput_new2((int)qr->version, (QRecLevel)qr->level);
	QRcode *code = NULL;

	if (input == NULL)
		return false;
	if (QRinput_append(input, alphanumeric ? QR_MODE_AN : QR_MODE_8, (int)text.length,
			   (const unsigned char *)text.data) == 0)
		code = QRcode_encodeInput(input);
	QRinput_free(input);
	if (code == NULL)
		return false;
	assert((unsigned)code->version == qr->version); /* else our table is wrong */
	copy_modules(code, qr);
	QRcode_free(code);
	return true;
}

enum qr_result qr_make(struct slice text, enum qr_level least, struct qr *ret_qr)
{
	bool alphanumeric = is_alphanumeric(text);
	struct qr qr = { .level = least };

	if (text.length == 0)
		return QR_EMPTY;
	if (!choose(text.length, alphanumeric, &qr))
		return QR_TOO_LONG;
	if (!draw(text, alphanumeric, &qr))
		return QR_FAILED;
	*ret_qr = qr;
	return QR_MADE;
}

bool qr_dark(const struct qr *qr, unsigned x, unsigned y)
{
	return qr->dark[y * qr->size + x] != 0;
}

unsigned qr_run(const struct qr *qr, unsigned y, unsigned *x)
{
	unsigned end;

	while (*x < qr->size && !qr_dark(qr, *x, y))
		(*x)++;
	for (end = *x; end < qr->size && qr_dark(qr, end, y);)
		end++;
	return end - *x;
}

char qr_level_letter(enum qr_level level)
{
	return level_letters[level];
}

bool qr_level_parse(struct slice text, enum qr_level *ret_level)
{
	const char *found;

	if (text.length != 1 || text.data[0] == '\0')
		return false;
	found = strchr(level_letters, text.data[0]);
	if (found == NULL)
		return false;
	*ret_level = (enum qr_level)(found - level_letters);
	return true;
}

const char *qr_reason(enum qr_result result)
{
	static const char *const reasons[] = {
		[QR_MADE] = "fine",
		[QR_EMPTY] = "no text to encode",
		[QR_TOO_LONG] = "too long for a QR code of version 10",
		[QR_FAILED] = "out of memory",
	};

	return reasons[result];
}

/* --- the terminal --- */

static bool dark_at(const struct qr *qr, unsigned x, unsigned y)
{
	/* coordinates count from the quiet zone's corner; what is before it wraps to far outside */
	x -= QR_QUIET;
	y -= QR_QUIET;
	return x < qr->size && y < qr->size && qr_dark(qr, x, y);
}

void qr_terminal(const struct qr *qr, struct buf *out)
{
	/* full, upper half, lower half, none */
	static const char *const blocks[2][2] = {
		{ " ", "\xe2\x96\x84" },
		{ "\xe2\x96\x80", "\xe2\x96\x88" },
	};
	unsigned side = qr->size + 2 * QR_QUIET;

	for (unsigned y = 0; y < side; y += 2) {
		buf_add_string(out, "\033[30;107m");
		for (unsigned x = 0; x < side; x++)
			buf_add_string(out, blocks[dark_at(qr, x, y)][dark_at(qr, x, y + 1)]);
		buf_add_string(out, "\033[0m\n");
	}
}
