/* JSON lines out of batches. */
#include "label/ndjson.h"

#include "model/gs1.h"
#include "page/markup.h"

static void add_string_or_null(const char *name, struct slice text, struct buf *out)
{
	struct writer w = { .out = out };

	buf_add_format(out, ",\"%s\":", name);
	if (text.length == 0)
		buf_add_string(out, "null");
	else
		print(&w, IN_JSON, text);
}

/* From the end of the serial on. */
static void add_rest(const struct code_texts *texts, struct buf *out)
{
	buf_add_char(out, '"');
	add_string_or_null("batch", texts->lot, out);
	add_string_or_null("produced", texts->produced, out);
	add_string_or_null("expiry", texts->expiry, out);
	add_string_or_null("product", texts->product, out);
	buf_add_format(out, ",\"copies\":%u", texts->copies);
}

void ndjson_row(const struct code_form *form, const struct code_texts *texts, struct row *row)
{
	char gtin[GTIN_TEXT_SIZE];
	struct buf text;

	gtin_format(texts->batch->gtin, gtin);
	buf_init(&text, ROW_MAXIMUM);
	row_add(row, S("{\"seq\":"));
	row_add_number(row);
	row_add(row, S(",\"code\":\""));
	row_add_grouped(row);
	row_add(row, S("\",\"url\":\""));
	batch_uri_prefix(texts->batch, &text); /* nothing in it that JSON would escape */
	row_add(row, buf_slice(&text));
	row_add_serial(row);
	row_add(row, S("\",\"hri\":\"(01)"));
	row_add(row, slice_of(gtin));
	row_add(row, S("(21)"));
	row_add_serial(row);
	row_add(row, S("\",\"gtin\":\""));
	row_add(row, slice_of(gtin));
	row_add(row, S("\",\"serial\":\""));
	row_add_serial(row);
	buf_clear(&text);
	add_rest(texts, &text);
	row_add(row, buf_slice(&text));
	if (form->pin_digits > 0) {
		row_add(row, S(",\"pin\":\""));
		row_add_pin(row, form->pin_digits);
		row_add(row, S("\""));
	}
	row_add(row, S("}\n"));
	row->text.failed |= text.failed;
	buf_release(&text);
}
