/*
 * Fuzzes the CSV reader: any bytes, whole and cut in two at every place the first byte names, must
 * give the same fields and the same end; and fields written again must read the same.
 */
#include <assert.h>

#include "label/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD = 4096, TEXT = 1 << 20 };

static void put_record(const struct csv_reader *r, struct buf *out)
{
	assert(r->fields >= 1 && r->fields <= CSV_FIELDS_MOST);
	for (unsigned i = 0; i < r->fields; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		csv_field(CSV_PRINT, csv_get(r, i), out);
	}
	buf_add_char(out, '\n');
}

static enum csv_result take(struct csv_reader *r, struct slice part, struct buf *out)
{
	enum csv_result result;

	while ((result = csv_read(r, &part)) == CSV_OK)
		put_record(r, out);
	return result;
}

static enum csv_result take_end(struct csv_reader *r, struct buf *out)
{
	enum csv_result result = csv_read_end(r);

	if (result != CSV_OK)
		return result;
	put_record(r, out);
	return csv_read_end(r);
}

/* The records as CSV of one form; the result the reading ended with. */
static enum csv_result read_parts(struct slice first, struct slice second, struct buf *out)
{
	enum csv_result result;
	struct csv_reader r;

	csv_reader_init(&r, RECORD);
	buf_init(out, TEXT);
	result = take(&r, first, out);
	if (result == CSV_MORE)
		result = take(&r, second, out);
	if (result == CSV_MORE)
		result = take_end(&r, out);
	csv_reader_release(&r);
	return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data + 1, size - 1 }, none = { NULL, 0 };
	struct buf whole, cut, again;
	enum csv_result ended;
	size_t at;

	if (size < 1)
		return 0;
	at = text.length == 0 ? 0 : data[0] % (text.length + 1);
	ended = read_parts(text, none, &whole);
	assert(read_parts((struct slice){ text.data, at }, slice_from(text, at), &cut) == ended);
	assert(slice_equal(buf_slice(&whole), buf_slice(&cut)));
	if (ended == CSV_END && buf_ok(&whole)) {
		assert(read_parts(buf_slice(&whole), none, &again) == CSV_END);
		assert(slice_equal(buf_slice(&whole), buf_slice(&again)));
		buf_release(&again);
	}
	buf_release(&whole);
	buf_release(&cut);
	return 0;
}
