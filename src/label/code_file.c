/* A batch as a text file, whole or any part of it. */
#include "label/code_file.h"

#include <assert.h>

#include "label/csv.h"
#include "label/ndjson.h"
#include "model/pin.h"

enum {
	HEAD_MOST = 4096,
	SERIALS_AT_ONCE = 512,
	VERSION = 1, /* of how files are written: a new one for every change of a byte */
};

/* --- forms ---------------------------------------------------------------------------------- */

bool code_format_read(struct slice name, enum code_format *ret_format)
{
	static const char *const names[CODES_FORMATS] = {
		[CODES_CSV] = "csv",
		[CODES_NDJSON] = "ndjson",
		[CODES_URLS] = "txt",
	};

	for (unsigned i = 0; i < CODES_FORMATS; i++) {
		if (slice_equal(name, slice_of(names[i]))) {
			*ret_format = (enum code_format)i;
			return true;
		}
	}
	return false;
}

const char *code_form_fault(const struct code_form *form)
{
	if (form->spreadsheet && form->format != CODES_CSV)
		return "only CSV has a variant for spreadsheets";
	if (form->format == CODES_NDJSON && (form->utf16 || form->byte_order_mark))
		return "JSON is UTF-8 without a byte order mark (RFC 8259)";
	if (form->format == CODES_URLS && form->pin_digits > 0)
		return "a PIN stands in no address: only CSV and JSON have them";
	return NULL;
}

const char *code_form_media_type(const struct code_form *form)
{
	static const char *const types[CODES_FORMATS][2] = {
		[CODES_CSV] = { "text/csv; charset=utf-8; header=present",
				"text/tab-separated-values; charset=utf-16le" },
		[CODES_NDJSON] = { "application/x-ndjson", "application/x-ndjson" },
		[CODES_URLS] = { "text/plain; charset=utf-8", "text/plain; charset=utf-16le" },
	};

	return types[form->format][form->utf16 ? 1 : 0];
}

const char *code_form_suffix(const struct code_form *form)
{
	static const char *const suffixes[CODES_FORMATS] = {
		[CODES_CSV] = "csv",
		[CODES_NDJSON] = "ndjson",
		[CODES_URLS] = "txt",
	};

	return form->format == CODES_CSV && form->utf16 ? "tsv" : suffixes[form->format];
}

unsigned code_form_number(const struct code_form *form)
{
	return VERSION << 5 | (unsigned)form->format << 3 | (form->utf16 ? 4u : 0) |
	       (form->byte_order_mark ? 2u : 0) | (form->spreadsheet ? 1u : 0) |
	       (form->pin_digits > 0 ? 128u : 0);
}

/* --- making --------------------------------------------------------------------------------- */

static void add_mark(const struct code_form *form, struct buf *out)
{
	if (form->utf16)
		buf_add_string(out, "\xff\xfe");
	else if (form->byte_order_mark || form->spreadsheet)
		buf_add_string(out, "\xef\xbb\xbf");
}

static void urls_row(const struct batch *batch, struct row *row)
{
	struct buf text;

	buf_init(&text, HEAD_MOST);
	batch_uri_prefix(batch, &text);
	row_add(row, buf_slice(&text));
	row_add_serial(row);
	row_add(row, S("\r\n"));
	row->text.failed |= text.failed;
	buf_release(&text);
}

bool code_file_init(struct code_file *f, const struct code_form *form,
		    const struct code_texts *texts, uint64_t first, uint64_t last)
{
	assert(first >= 1 && first <= last && last <= texts->batch->quantity);
	*f = (struct code_file){
		.batch = texts->batch, .first = first, .last = last, .pin_digits = form->pin_digits
	};
	buf_init(&f->head, HEAD_MOST);
	row_init(&f->row, form->utf16 ? ROW_UTF16LE : ROW_UTF8, texts->batch->length);
	add_mark(form, &f->head);
	switch (form->format) {
	case CODES_CSV:
		csv_header(form, &f->head);
		csv_row(form, texts, &f->row);
		break;
	case CODES_NDJSON:
		ndjson_row(form, texts, &f->row);
		break;
	case CODES_URLS:
		urls_row(texts->batch, &f->row);
		break;
	}
	return buf_ok(&f->head) && row_ok(&f->row);
}

void code_file_release(struct code_file *f)
{
	if (f == NULL)
		return;
	buf_release(&f->head);
	row_release(&f->row);
}

/* --- places --------------------------------------------------------------------------------- */

uint64_t code_file_place(const struct code_file *f, uint64_t position)
{
	return f->head.length + row_bytes(&f->row, f->first, position - 1);
}

uint64_t code_file_length(const struct code_file *f)
{
	return code_file_place(f, f->last + 1);
}

/* --- reading -------------------------------------------------------------------------------- */

static bool make_pins(const struct code_file *f, const char *serials, size_t count, char *pins)
{
	unsigned length = f->batch->length;
	char pin[PIN_SIZE];
	bool ok = true;

	for (size_t i = 0; ok && i < count; i++) {
		ok = pin_of(f->batch->key, f->batch->gtin,
			    (struct slice){ serials + i * length, length }, f->pin_digits, pin);
		memcpy(pins + i * f->pin_digits, pin, f->pin_digits);
	}
	return ok;
}

static void write_rows(const struct code_file *f, uint64_t position, uint64_t count,
		       struct buf *out)
{
	char serials[SERIALS_AT_ONCE * SERIAL_LENGTH_MOST], pins[SERIALS_AT_ONCE * PIN_DIGITS_MOST];

	for (uint64_t done = 0, some; done < count; done += some) {
		some = count - done < SERIALS_AT_ONCE ? count - done : SERIALS_AT_ONCE;
		batch_serials(f->batch, position + done - 1, (size_t)some, serials);
		if (f->pin_digits > 0 && !make_pins(f, serials, (size_t)some, pins)) {
			out->failed = true;
			return;
		}
		row_write(&f->row, position + done, (size_t)some, serials, pins, out);
	}
}

/* From within a row, or not to its end. */
static void read_piece(const struct code_file *f, uint64_t position, size_t skip, size_t most,
		       struct buf *out)
{
	struct buf room;

	buf_init(&room, ROW_MAXIMUM + HEAD_MOST);
	write_rows(f, position, 1, &room);
	if (buf_ok(&room))
		buf_add(out, room.data + skip,
			room.length - skip < most ? room.length - skip : most);
	else
		out->failed = true;
	buf_release(&room);
}

void code_file_read(const struct code_file *f, uint64_t at, size_t most, struct buf *out)
{
	uint64_t row, start, end;

	assert(most > 0 && at < code_file_length(f));
	if (at < f->head.length) {
		size_t left = f->head.length - (size_t)at;

		buf_add(out, f->head.data + at, left < most ? left : most);
		return;
	}
	row = row_at(&f->row, f->first, at - f->head.length);
	start = code_file_place(f, row);
	/* The first row that does not fit to its end. */
	end = row_at(&f->row, f->first, at + most - f->head.length);
	if (end > f->last)
		end = f->last + 1;
	if (at > start || end == row)
		read_piece(f, row, (size_t)(at - start), most, out);
	else
		write_rows(f, row, end - row, out);
}
