/*
 * Fuzzes QR symbols: texts one after the other through one series, each of which must get the
 * result and the symbol that libqrencode gives. The first byte is the level; a line that starts
 * with a digit N and a blank is repeated with its end counted up, so that tables come into play.
 */
#include <assert.h>

#include "label/qr_series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compare(struct qr_series *series, struct slice text)
{
	struct qr wanted = { 0 }, found = { 0 };
	enum qr_result result = qr_make(text, series->least, &wanted);

	assert(qr_series_make(series, text, &found) == result);
	assert(memcmp(&wanted, &found, sizeof(wanted)) == 0);
}

/* The last characters are turned into others that are as good. */
static void compare_many(struct qr_series *series, struct slice text, unsigned times)
{
	static const char others[] = "0Z:AK9+ ";
	char changed[QR_TEXT_MOST + 1];
	size_t length = text.length < sizeof(changed) ? text.length : sizeof(changed);

	if (length > 0)
		memcpy(changed, text.data, length);
	for (unsigned i = 0; i < times; i++) {
		for (size_t j = 0; j < 8 && j < length; j++)
			if ((i >> j & 1) != 0)
				changed[length - 1 - j] = others[(i + j) % 8];
		compare(series, (struct slice){ changed, length });
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest, line;
	struct qr_series series;

	if (size == 0)
		return 0;
	rest = (struct slice){ (const char *)data + 1, size - 1 };
	qr_series_init(&series, (enum qr_level)(data[0] % 4));
	if (data[0] / 4 % 2 != 0)
		series.way = QR_MASK_PORTABLE;
	while (slice_cut(&rest, '\n', &line))
		if (line.length >= 2 && line.data[0] >= '0' && line.data[0] <= '9')
			compare_many(&series, slice_from(line, 2),
				     4U * (unsigned)(line.data[0] - '0'));
		else
			compare(&series, line);
	qr_series_release(&series);
	return 0;
}
