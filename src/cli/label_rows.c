/* Reading and checking the rows to print. */
#include "cli/label_rows.h"

#include <errno.h>

#include "model/gs1.h"

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
			 (unsigned long long)rows->csv.first_line);

	if (n < 0 || (size_t)n >= sizeof(rows->why))
		return false;
	va_start(args, format);
	(void)vsnprintf(rows->why + n, sizeof(rows->why) - (size_t)n, format, args);
	va_end(args);
	return false;
}

/* --- items seen before --- */

/* Open addressing over 64-bit hashes of GTIN and serial. */
struct seen {
	struct {
		uint64_t hash; /* 0: free */
		uint64_t line;
	} * slots;
	size_t capacity; /* a power of two */
	size_t used;
};

static uint64_t hash_more(uint64_t hash, struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		hash = (hash ^ (unsigned char)text.data[i]) * UINT64_C(1099511628211);
	return hash;
}

/* FNV-1a; the GTIN has 14 digits always, so nothing is needed between. */
static uint64_t hash_of(struct slice gtin, struct slice serial)
{
	uint64_t hash = hash_more(hash_more(UINT64_C(14695981039346656037), gtin), serial);

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

/* The line that had this item before, or 0 and now this one has it. False: no memory. */
static bool seen_add(struct seen *s, struct slice gtin, struct slice serial, uint64_t line,
		     uint64_t *ret_before)
{
	uint64_t hash = hash_of(gtin, serial);
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

static void next_piece(struct label_rows *rows)
{
	size_t length = fread(rows->piece, 1, sizeof(rows->piece), rows->in);

	rows->rest = (struct slice){ rows->piece, length };
	rows->bytes += length;
	rows->last = length == 0;
}

/* A quote left open has swallowed the rest of the file; after any other fault the next is fine. */
static enum label_rows_result take_fault(struct label_rows *rows)
{
	const struct csv *csv = &rows->csv;

	if (csv->fault == CSV_OPEN_QUOTE)
		return broken(rows, csv_fault_reason(csv->fault));
	(void)refuse(rows, "cell %zu: %s", csv->fault_cell + 1, csv_fault_reason(csv->fault));
	return LABEL_ROWS_REFUSED;
}

static enum label_rows_result next_record(struct label_rows *rows)
{
	enum csv_event event = rows->ended ? CSV_END : CSV_MORE;

	while (event == CSV_MORE) {
		event = csv_next(&rows->csv, &rows->rest, rows->last);
		if (event == CSV_MORE)
			next_piece(rows);
		if (ferror(rows->in) != 0)
			return broken(rows, strerror(errno));
	}
	if (event == CSV_RECORD)
		return rows->csv.fault == CSV_FINE ? LABEL_ROWS_OK : take_fault(rows);
	rows->ended = true;
	return LABEL_ROWS_END;
}

static bool read_header(struct label_rows *rows)
{
	rows->fields = rows->csv.count;
	for (size_t i = 0; i < rows->fields; i++) {
		struct slice name = slice_trim(csv_text(&rows->csv, i));

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
	csv_init(&rows->csv, ',', rows->room, sizeof(rows->room), rows->cells,
		 COUNT_OF(rows->cells), sizeof(rows->room));
	rows->seen = calloc(1, sizeof(*rows->seen));
	if (rows->seen == NULL)
		return refuse(rows, "out of memory");
	result = next_record(rows);
	if (result == LABEL_ROWS_END) {
		(void)snprintf(rows->why, sizeof(rows->why), "%s: the file is empty", name);
		return false;
	}
	return result == LABEL_ROWS_OK && read_header(rows);
}

void label_rows_release(struct label_rows *rows)
{
	if (rows == NULL)
		return;
	if (rows->seen != NULL)
		free(rows->seen->slots);
	free(rows->seen);
	rows->seen = NULL;
}

/* --- rows --- */

static struct slice field(const struct label_rows *rows, enum label_column column)
{
	struct slice none = { NULL, 0 };

	return rows->column[column] < 0 ? none : csv_text(&rows->csv, (size_t)rows->column[column]);
}

/* What people read under the code must be what the code says. */
static bool check_url(struct label_rows *rows, struct label_row *row)
{
	const struct digital_link *link = &rows->link;
	struct slice gtin = field(rows, COLUMN_GTIN), serial = field(rows, COLUMN_SERIAL);

	if (row->url.length == 0)
		return refuse(rows, "the url is empty");
	if (digital_link_parse(row->url, &rows->link) != DL_OK)
		return refuse(rows, "the url: %s", link->error);
	if (!link->has_gtin || link->serial.length == 0)
		return refuse(rows, "the url names no single item: it has no gtin with a serial");
	gtin_format(link->gtin, rows->gtin);
	row->text.gtin = (struct slice){ rows->gtin, GTIN_DIGITS };
	row->text.serial = link->serial;
	if (gtin.length > 0 && !slice_equal(gtin, row->text.gtin))
		return refuse(rows, "the url is of another gtin than the row");
	if (serial.length > 0 && !slice_equal(serial, row->text.serial))
		return refuse(rows, "the url is of another serial than the row");
	return true;
}

static bool check_texts(struct label_rows *rows, struct label_row *row)
{
	struct slice copies = field(rows, COLUMN_COPIES);

	row->text.product = field(rows, COLUMN_PRODUCT);
	row->text.lot = field(rows, COLUMN_LOT);
	row->text.expiry = field(rows, COLUMN_EXPIRY);
	row->copies = 1;
	if (copies.length > 0 && (!slice_to_u64(copies, &row->copies) || row->copies < 1 ||
				  row->copies > LABEL_COPIES_MOST))
		return refuse(rows, "copies are 1 to %d", LABEL_COPIES_MOST);
	return true;
}

/* One code on two items is what must not happen, whatever else their urls say. */
static bool check_new(struct label_rows *rows, const struct label_row *row)
{
	uint64_t before;

	if (!seen_add(rows->seen, row->text.gtin, row->text.serial, row->line, &before))
		return refuse(rows, "out of memory");
	return before == 0 ||
	       refuse(rows, "the same gtin and serial as in line %llu", (unsigned long long)before);
}

static bool check_row(struct label_rows *rows, struct label_row *row)
{
	if (rows->csv.count != rows->fields)
		return refuse(rows, "%zu cells, but the header has %zu", rows->csv.count,
			      rows->fields);
	row->url = field(rows, COLUMN_URL);
	return check_url(rows, row) && check_texts(rows, row) && check_new(rows, row);
}

enum label_rows_result label_rows_next(struct label_rows *rows, struct label_row *ret_row)
{
	enum label_rows_result result = next_record(rows);
	struct label_row row = { .line = rows->csv.first_line };

	if (result != LABEL_ROWS_OK)
		return result;
	if (!check_row(rows, &row))
		return LABEL_ROWS_REFUSED;
	*ret_row = row;
	return LABEL_ROWS_OK;
}
