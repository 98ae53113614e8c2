/* CSV out of batches. */
#include "label/csv.h"

#include "model/gs1.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

static const char *const columns[] = {
	"seq",	 "code",     "url",    "hri",	  "gtin",   "serial",
	"batch", "produced", "expiry", "product", "copies",
};

/* What a spreadsheet would take for a formula. */
static bool is_formula(struct slice text)
{
	return text.length > 0 && text.data[0] != '\0' && strchr("=+-@\t\r", text.data[0]) != NULL;
}

void csv_field(enum csv_variant variant, struct slice text, struct buf *out)
{
	buf_add_char(out, '"');
	if (variant == CSV_SPREADSHEET && is_formula(text))
		buf_add_char(out, '\'');
	while (text.length > 0) {
		size_t quote = slice_find(text, '"');

		buf_add(out, text.data, quote);
		if (quote < text.length) {
			buf_add_string(out, "\"\"");
			quote++;
		}
		text = slice_from(text, quote);
	}
	buf_add_char(out, '"');
}

void csv_header(enum csv_variant variant, struct buf *out)
{
	if (variant == CSV_SPREADSHEET)
		buf_add_string(out, byte_order_mark);
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		if (i > 0)
			buf_add_char(out, ',');
		csv_field(variant, slice_of(columns[i]), out);
	}
	buf_add_string(out, "\r\n");
}

/* What all rows of a batch share, so that a row is little more than copying. */
struct row_parts {
	struct buf before_url;	  /* ","STEM/01/GTIN/21/ */
	struct buf before_hri;	  /* ","(01)GTIN(21) */
	struct buf before_serial; /* ","GTIN"," */
	struct buf tail;	  /* ","LOT", … ,"COPIES" CR LF */
};

enum { PART_MAXIMUM = 65536 };

static void row_parts_release(struct row_parts *p)
{
	buf_release(&p->before_url);
	buf_release(&p->before_hri);
	buf_release(&p->before_serial);
	buf_release(&p->tail);
}

static void tail_make(const struct csv_codes *codes, struct buf *tail)
{
	const struct slice fields[] = { codes->lot, codes->produced, codes->expiry,
					codes->product };

	buf_add_char(tail, '"');
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		buf_add_char(tail, ',');
		csv_field(codes->variant, fields[i], tail);
	}
	buf_add_format(tail, ",\"%u\"\r\n", codes->copies);
}

static void row_parts_init(struct row_parts *p, const struct csv_codes *codes)
{
	char gtin[GTIN_TEXT_SIZE];

	buf_init(&p->before_url, PART_MAXIMUM);
	buf_init(&p->before_hri, PART_MAXIMUM);
	buf_init(&p->before_serial, PART_MAXIMUM);
	buf_init(&p->tail, PART_MAXIMUM);
	gtin_format(codes->batch->gtin, gtin);
	buf_add_string(&p->before_url, "\",\"");
	batch_uri_prefix(codes->batch, &p->before_url);
	buf_add_format(&p->before_hri, "\",\"(01)%s(21)", gtin);
	buf_add_format(&p->before_serial, "\",\"%s\",\"", gtin);
	tail_make(codes, &p->tail);
}

static bool row_parts_ok(const struct row_parts *p)
{
	return buf_ok(&p->before_url) && buf_ok(&p->before_hri) && buf_ok(&p->before_serial) &&
	       buf_ok(&p->tail);
}

static void add_row(const struct row_parts *p, uint64_t number, struct slice serial,
		    struct buf *out)
{
	buf_add_char(out, '"');
	buf_add_u64(out, number);
	buf_add_string(out, "\",\"");
	serial_print_grouped(serial, out);
	buf_add_slice(out, buf_slice(&p->before_url));
	buf_add_slice(out, serial);
	buf_add_slice(out, buf_slice(&p->before_hri));
	buf_add_slice(out, serial);
	buf_add_slice(out, buf_slice(&p->before_serial));
	buf_add_slice(out, serial);
	buf_add_slice(out, buf_slice(&p->tail));
}

static void add_rows(const struct csv_codes *codes, const struct row_parts *p, uint64_t index,
		     size_t count, struct buf *out)
{
	enum { MANY = 256 };
	char serials[MANY * SERIAL_LENGTH_MOST];
	unsigned length = codes->batch->length;

	for (size_t done = 0, part; done < count; done += part) {
		part = count - done < MANY ? count - done : MANY;
		batch_serials(codes->batch, index + done, part, serials);
		for (size_t i = 0; i < part; i++)
			add_row(p, index + done + i + 1,
				(struct slice){ serials + i * length, length }, out);
	}
}

void csv_rows(const struct csv_codes *codes, uint64_t index, size_t count, struct buf *out)
{
	struct row_parts parts;

	row_parts_init(&parts, codes);
	if (row_parts_ok(&parts))
		add_rows(codes, &parts, index, count, out);
	else
		out->failed = true;
	row_parts_release(&parts);
}
