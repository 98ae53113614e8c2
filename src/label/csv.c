/* CSV out of batches. */
#include "label/csv.h"

#include "model/gs1.h"

enum { FIELD_MAXIMUM = ROW_MAXIMUM };

static const char *const columns[] = {
	"seq",	 "code",     "url",    "hri",	  "gtin",   "serial",
	"batch", "produced", "expiry", "product", "copies",
};

/* --- fields --- */

static bool has_any(struct slice text, const char *characters)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '\0' && strchr(characters, text.data[i]) != NULL)
			return true;
	return false;
}

/* What a spreadsheet would take for a formula. */
static bool is_formula(struct slice text)
{
	/* Chinese and Japanese ones take the wide forms for the same. */
	static const char *const wide[] = { "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
					    "\xef\xbc\xa0" };

	for (size_t i = 0; i < COUNT_OF(wide); i++)
		if (slice_starts(text, slice_of(wide[i])))
			return true;
	return text.length > 0 && has_any((struct slice){ text.data, 1 }, "=+-@\t\r\n");
}

static void add_doubled(struct slice text, struct buf *out)
{
	while (text.length > 0) {
		size_t quote = slice_find(text, '"');

		buf_add(out, text.data, quote);
		if (quote < text.length) {
			buf_add_string(out, "\"\"");
			quote++;
		}
		text = slice_from(text, quote);
	}
}

void csv_field(const struct code_form *form, struct slice text, struct buf *out)
{
	bool quoted = !form->utf16 || has_any(text, "\t\r\n\"");

	if (quoted)
		buf_add_char(out, '"');
	if (form->spreadsheet && is_formula(text))
		buf_add_char(out, '\'');
	add_doubled(text, out);
	if (quoted)
		buf_add_char(out, '"');
}

/* --- rows --- */

static enum row_encoding encoding(const struct code_form *form)
{
	return form->utf16 ? ROW_UTF16LE : ROW_UTF8;
}

static struct slice quote(const struct code_form *form)
{
	return form->utf16 ? S("") : S("\"");
}

static struct slice separator(const struct code_form *form)
{
	return form->utf16 ? S("\t") : S(",");
}

void csv_header(const struct code_form *form, struct buf *out)
{
	struct buf line;

	buf_init(&line, FIELD_MAXIMUM);
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		if (i > 0)
			buf_add_slice(&line, separator(form));
		csv_field(form, slice_of(columns[i]), &line);
	}
	if (form->pin_digits > 0) {
		buf_add_slice(&line, separator(form));
		csv_field(form, S("pin"), &line);
	}
	buf_add_string(&line, "\r\n");
	row_encode(encoding(form), buf_slice(&line), out);
	out->failed |= line.failed;
	buf_release(&line);
}

/* Texts are laid down through a buffer, because a row takes only whole characters. */
static void add_texts(const struct code_form *form, const struct code_texts *texts, struct buf *out)
{
	const struct slice fields[] = { texts->lot, texts->produced, texts->expiry,
					texts->product };

	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		buf_add_slice(out, separator(form));
		csv_field(form, fields[i], out);
	}
	buf_add_slice(out, separator(form));
	buf_add_slice(out, quote(form));
	buf_add_u64(out, texts->copies);
	buf_add_slice(out, quote(form));
}

static void begin_field(const struct code_form *form, struct row *row, bool is_first)
{
	if (!is_first) {
		row_add(row, quote(form));
		row_add(row, separator(form));
	}
	row_add(row, quote(form));
}

void csv_row(const struct code_form *form, const struct code_texts *texts, struct row *row)
{
	char gtin[GTIN_TEXT_SIZE];
	struct buf text;

	gtin_format(texts->batch->gtin, gtin);
	buf_init(&text, FIELD_MAXIMUM);
	begin_field(form, row, true);
	row_add_number(row);
	begin_field(form, row, false);
	row_add_grouped(row);
	begin_field(form, row, false);
	batch_uri_prefix(texts->batch, &text);
	row_add(row, buf_slice(&text));
	row_add_serial(row);
	begin_field(form, row, false);
	row_add(row, S("(01)"));
	row_add(row, slice_of(gtin));
	row_add(row, S("(21)"));
	row_add_serial(row);
	begin_field(form, row, false);
	row_add(row, slice_of(gtin));
	begin_field(form, row, false);
	row_add_serial(row);
	row_add(row, quote(form));
	buf_clear(&text);
	add_texts(form, texts, &text);
	row_add(row, buf_slice(&text));
	if (form->pin_digits > 0) {
		row_add(row, separator(form));
		row_add(row, quote(form));
		row_add_pin(row, form->pin_digits);
		row_add(row, quote(form));
	}
	row_add(row, S("\r\n"));
	row->text.failed |= text.failed;
	buf_release(&text);
}
