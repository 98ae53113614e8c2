/* QR symbols from libqrencode, with version and level chosen here. */
#include "label/qr.h"

#include <assert.h>
#include <qrencode.h>

static void copy_modules(const QRcode *code, struct qr *qr)
{
	const unsigned char *module = code->data;

	qr->size = (unsigned)code->width;
	for (unsigned y = 0; y < qr->size; y++)
		for (unsigned x = 0; x < qr->size; x++)
			qr->rows[y] |= (uint64_t)(*module++ & 1) << x;
}

static bool draw(struct slice text, const struct qr_shape *shape, struct qr *qr)
{
	QRinput *input = QRinput_new2((int)shape->version, (QRecLevel)shape->level);
	QRcode *code = NULL;

	if (input == NULL)
		return false;
	if (QRinput_append(input, shape->alphanumeric ? QR_MODE_AN : QR_MODE_8, (int)text.length,
			   (const unsigned char *)text.data) == 0)
		code = QRcode_encodeInput(input);
	QRinput_free(input);
	if (code == NULL)
		return false;
	assert((unsigned)code->version == shape->version); /* else our table is wrong */
	copy_modules(code, qr);
	QRcode_free(code);
	return true;
}

enum qr_result qr_make(struct slice text, enum qr_level least, struct qr *ret_qr)
{
	struct qr_shape shape;
	struct qr qr = { 0 };

	if (text.length == 0)
		return QR_EMPTY;
	if (!qr_shape_choose(text.length, qr_shape_is_alphanumeric(text), least, &shape))
		return QR_TOO_LONG;
	if (!draw(text, &shape, &qr))
		return QR_FAILED;
	qr.version = shape.version;
	qr.level = shape.level;
	*ret_qr = qr;
	return QR_MADE;
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
