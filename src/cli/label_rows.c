/* Reading and checking the rows to print. */
#include "cli/label_rows.h"

#include <errno.h>

#include "base/utf8.h"
#include "model/gs1.h"

enum {
	RECORD_MAXIMUM = 65536,
	URL_MOST = 300, /* more does not fit a QR code of version 10 */
};

/* Column names; the batch command calls the lot "batch", as print servers do. */
static const struct {
	struct slice name;
	enum label_column column;
} names[] = {
	{ SLICE("url"), COLUMN_URL },	    { SLICE("gtin"), COLUMN_GTIN },
	{ SLICE("serial"), COLUMN_SERIAL }, { SLICE("product"), COLUMN_PRODUCT },
	{ SLICE("batch"), COLUMN_LOT },	    { SLICE("lot"), COLUMN_LOT },
	{ SLICE("expiry"), COLUMN_EXPIRY }, { SLICE("copies"), COLUMN_COPIES },
};

static bool refuse(struct label_rows *rows, const char *format, ...) PRINTF(2, 3);
static bool refuse(struct label_rows *rows, const char *format, ...)
{
	va_list args;
	int n = snprintf(rows->why, sizeof(rows->why), "%s:%llu: ", rows->name,
			 (unsigned long long)rows->csv.line);

	if (n < 0 || (size_t)n >= sizeof(rows->why))
		return false;
	va_start(args, format);
	(void)vsnprintf(rows->why + n, sizeof(rows->why) - (size_t)n, format, args);
	va_end(args);
	return false;
}

/* --- urls seen before --- */

/* Open addressing over 64-bit hashes: one code printed on two items is what must not happen. */
struct seen {
	struct {
		uint64_t hash; /* 0: free */
		uint64_t line;
	} * slots;
	size_t capacity; /* a power of two */
	size_t used;
};

static uint64_t hash_of(struct slice text)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(1099511628211);
	hash ^= hash >> 32;
	return hash == 0 ? 1 : hash;
}

static size_t slot_of(const struct seen *s, uint64_t hash)
{
	size_t at = hash & (s->capacity - 1);

	while (s->slots[at].hash != 0 && s->slots[at].hash != hash)
		at = (at + 1) & (s->capacity - 1);
	return at;
}

static bool seen_grow(struct seen *s)
{
	struct seen bigger = { .capacity = s->capacity == 0 ? 1024 : s->capacity * 2 };

	bigger.slots = calloc(bigger.capacity, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		return false;
	for (size_t i = 0; i < s->capacity; i++)
		if (s->slots[i].hash != 0)
			bigger.slots[slot_of(&bigger, s->slots[i].hash)] = s->slots[i];
	bigger.used = s->used;
	free(s->slots);
	*s = bigger;
	return true;
}

/* The line that had this url before, or 0 and now this one has it. False: no memory. */
static bool seen_add(struct seen *s, struct slice url, uint64_t line, uint64_t *ret_before)
{
	uint64_t hash = hash_of(url);
	size_t at;

	if (s->used >= s->capacity / 2 && !seen_grow(s))
		return false;
	at = slot_of(s, hash);
	*ret_before = s->slots[at].line;
	if (s->slots[at].hash == 0) {
		s->slots[at].hash = hash;
		s->slots[at].line = line;
		s->used++;
	}
	return true;
}

/* --- records --- */

static enum label_rows_result broken(struct label_rows *rows, const char *reason)
{
	(void)refuse(rows, "%s", reason);
	rows->ended = true;
	return LABEL_ROWS_BROKEN;
}

static enum csv_result next_piece(struct label_rows *rows)
{
	size_t length = fread(rows->piece, 1, sizeof(rows->piece), rows->in);

	rows->rest = (struct slice){ rows->piece, length };
	rows->bytes += length;
	return length > 0 ? CSV_MORE : csv_read_end(&rows->csv);
}

static bool is_blank(const struct label_rows *rows)
{
	return rows->csv.fields == 1 && csv_get(&rows->csv, 0).length == 0;
}

static enum label_rows_result next_record(struct label_rows *rows)
{
	enum csv_result result;

	if (rows->ended)
		return LABEL_ROWS_END;
	do {
		result = csv_read(&rows->csv, &rows->rest);
		if (result == CSV_MORE)
			result = next_piece(rows);
	} while (result == CSV_MORE || (result == CSV_OK && is_blank(rows)));
	if (ferror(rows->in) != 0)
		return broken(rows, strerror(errno));
	if (result == CSV_OK)
		return LABEL_ROWS_OK;
	if (result != CSV_END)
		return broken(rows, csv_reason(result));
	rows->ended = true;
	return LABEL_ROWS_END;
}

static bool read_header(struct label_rows *rows)
{
	rows->fields = rows->csv.fields;
	for (unsigned i = 0; i < rows->fields; i++) {
		struct slice name = slice_trim(csv_get(&rows->csv, i));

		for (size_t n = 0; n < COUNT_OF(names); n++) {
			int *column = &rows->column[names[n].column];

			if (!slice_equal_nocase(name, names[n].name))
				continue;
			if (*column >= 0)
				return refuse(rows, "two columns for %.*s", SLICE_ARG(name));
			*column = (int)i;
		}
	}
	return rows->column[COLUMN_URL] >= 0 || refuse(rows, "no column \"url\" in the header");
}

bool label_rows_init(struct label_rows *rows, FILE *in, const char *name)
{
	enum label_rows_result result;

	*rows = (struct label_rows){ .in = in, .name = name };
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		rows->column[i] = -1;
	csv_reader_init(&rows->csv, RECORD_MAXIMUM);
	buf_init(&rows->serial, URL_MOST);
	rows->seen = calloc(1, sizeof(*rows->seen));
	if (rows->seen == NULL)
		return refuse(rows, "out of memory");
	result = next_record(rows);
	if (result == LABEL_ROWS_END)
		return refuse(rows, "the file is empty");
	return result == LABEL_ROWS_OK && read_header(rows);
}

void label_rows_release(struct label_rows *rows)
{
	if (rows == NULL)
		return;
	csv_reader_release(&rows->csv);
	buf_release(&rows->serial);
	if (rows->seen != NULL)
		free(rows->seen->slots);
	free(rows->seen);
	rows->seen = NULL;
}

/* --- rows --- */

static struct slice field(const struct label_rows *rows, enum label_column column)
{
	struct slice none = { NULL, 0 };

	return rows->column[column] < 0 ? none
					: csv_get(&rows->csv, (unsigned)rows->column[column]);
}

static bool check_url(struct label_rows *rows, struct slice url)
{
	struct slice start = { url.data, url.length < 8 ? url.length : 8 };

	if (url.length == 0)
		return refuse(rows, "the url is empty");
	if (url.length > URL_MOST)
		return refuse(rows, "the url is longer than %d bytes", URL_MOST);
	for (size_t i = 0; i < url.length; i++)
		if (url.data[i] <= 0x20 || url.data[i] == 0x7f)
			return refuse(rows, "the url has a byte that no url has, at %zu", i + 1);
	if (!slice_equal_nocase(start, S("https://")) &&
	    !slice_equal_nocase((struct slice){ start.data, start.length < 7 ? start.length : 7 },
				S("http://")))
		return refuse(rows, "the url does not begin with https:// or http://");
	return true;
}

/* The parts of …/01/GTIN/21/SERIAL; false when the url is not of this form. */
static bool split_url(struct slice url, struct slice *ret_gtin, struct slice *ret_serial)
{
	for (size_t i = 8; i + 22 < url.length; i++) {
		struct slice at = slice_from(url, i), gtin = { at.data + 4, GTIN_DIGITS };
		size_t end = 0;

		if (!slice_starts(at, S("/01/")) || !gs1_is_digits(gtin))
			continue;
		at = slice_from(at, 4 + GTIN_DIGITS);
		if (!slice_starts(at, S("/21/")))
			continue;
		at = slice_from(at, 4);
		while (end < at.length && strchr("/?#", at.data[end]) == NULL)
			end++;
		*ret_gtin = gtin;
		*ret_serial = (struct slice){ at.data, end };
		return end > 0;
	}
	return false;
}

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A serial's percent-encoded characters as they are (RFC 3986 section 2.1). */
static bool decode(struct slice text, struct buf *out)
{
	buf_clear(out);
	for (size_t i = 0; i < text.length; i++) {
		int high, low;

		if (text.data[i] != '%') {
			buf_add_char(out, text.data[i]);
			continue;
		}
		if (i + 2 >= text.length)
			return false;
		high = hex_of(text.data[++i]);
		low = hex_of(text.data[++i]);
		if (high < 0 || low < 0)
			return false;
		buf_add_char(out, (char)(high << 4 | low));
	}
	return buf_ok(out);
}

/* What people read under the code must be what the code says. */
static bool check_identity(struct label_rows *rows, struct label_row *row)
{
	struct slice gtin, raw, wanted_gtin = field(rows, COLUMN_GTIN);
	struct slice wanted_serial = field(rows, COLUMN_SERIAL);
	uint64_t number;

	if (!split_url(row->url, &gtin, &raw)) {
		if (wanted_gtin.length > 0 || wanted_serial.length > 0)
			return refuse(rows,
				      "the url has no /01/GTIN/21/SERIAL, but the row has a gtin"
				      " or serial");
		return true;
	}
	if (gtin_parse(gtin, &number) != GTIN_OK)
		return refuse(rows, "the url's gtin: %s", gtin_reason(GTIN_BAD_CHECK_DIGIT));
	if (!decode(raw, &rows->serial) || !gs1_serial_ok(buf_slice(&rows->serial)))
		return refuse(rows, "the url's serial is none (1 to 20 characters of the GS1 set)");
	if (wanted_gtin.length > 0 && !slice_equal(wanted_gtin, gtin))
		return refuse(rows, "the url is of another gtin than the row");
	if (wanted_serial.length > 0 && !slice_equal(wanted_serial, buf_slice(&rows->serial)))
		return refuse(rows, "the url is of another serial than the row");
	row->text.gtin = gtin;
	row->text.serial = buf_slice(&rows->serial);
	return true;
}

static bool check_texts(struct label_rows *rows, struct label_row *row)
{
	struct slice copies = field(rows, COLUMN_COPIES);

	row->text.product = field(rows, COLUMN_PRODUCT);
	row->text.lot = field(rows, COLUMN_LOT);
	row->text.expiry = field(rows, COLUMN_EXPIRY);
	if (!utf8_valid(row->text.product) || !utf8_valid(row->text.lot) ||
	    !utf8_valid(row->text.expiry))
		return refuse(rows, "a text is not UTF-8");
	row->copies = 1;
	if (copies.length > 0 && (!slice_to_u64(copies, &row->copies) || row->copies < 1 ||
				  row->copies > LABEL_COPIES_MOST))
		return refuse(rows, "copies are 1 to %d", LABEL_COPIES_MOST);
	return true;
}

static bool check_row(struct label_rows *rows, struct label_row *row)
{
	uint64_t before;

	if (rows->csv.fields != rows->fields)
		return refuse(rows, "%u fields, but the header has %u", rows->csv.fields,
			      rows->fields);
	row->url = field(rows, COLUMN_URL);
	if (!check_url(rows, row->url) || !check_identity(rows, row) || !check_texts(rows, row))
		return false;
	if (!seen_add(rows->seen, row->url, row->line, &before))
		return refuse(rows, "out of memory");
	return before == 0 ||
	       refuse(rows, "the same url as in line %llu", (unsigned long long)before);
}

enum label_rows_result label_rows_next(struct label_rows *rows, struct label_row *ret_row)
{
	enum label_rows_result result = next_record(rows);
	struct label_row row = { .line = rows->csv.line };

	if (result != LABEL_ROWS_OK)
		return result;
	if (!check_row(rows, &row))
		return LABEL_ROWS_REFUSED;
	*ret_row = row;
	return LABEL_ROWS_OK;
}
