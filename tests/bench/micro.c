/*
 * What the steps of a lookup and of a label cost by themselves, in nanoseconds of CPU time.
 *
 *   usage: micro DATABASE-URL GTIN LOT MILLISECONDS
 *
 * The documents are those the database publishes for the GTIN and the lot. The steps take turns, so
 * that a slow moment of the machine meets all of them; each line of JSON holds the median, least
 * and most of the turns.
 */
#include <stdlib.h>
#include <time.h>

#include "base/settings.h"
#include "label/qr.h"
#include "model/digital_link.h"
#include "model/gs1.h"
#include "model/serial.h"
#include "page/item.h"
#include "page/packed.h"
#include "store/db.h"
#include "store/sql.h"

enum { TURNS = 9, RUN = 4096, PAGE_MOST = 4 << 20 };

static struct {
	struct serial_key key;
	uint64_t gtin;
	char path[64], uri[128], serial[SERIAL_LENGTH_MOST + 1];
	char *run; /* room for RUN serials */
	struct document_source source;
	struct page_shared *shared[2]; /* zh-CN, en */
	struct buf page;
	struct qr qr;
} with;

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "micro: %s\n", what);
	exit(1);
}

/* --- the steps ------------------------------------------------------------------------------ */

static void parse_link(void)
{
	struct digital_link link;

	require(digital_link_parse_path(slice_of(with.path), S(""), &link) == DL_OK, "link");
}

static void encode(void)
{
	static uint64_t counter;

	require(serial_encode(&with.key, with.gtin, counter++, 14, with.serial) == SERIAL_OK,
		"encode");
}

static void encode_run(void)
{
	static uint64_t counter;

	require(serial_encode_many(&with.key, with.gtin, counter, RUN, 14, with.run) == SERIAL_OK,
		"encode_many");
	counter += RUN;
}

static void decode(void)
{
	uint64_t counter;

	require(serial_decode(&with.key, slice_of(with.serial), with.gtin, &counter) == SERIAL_OK,
		"decode");
}

static void write_page(unsigned language)
{
	char gtin[GTIN_TEXT_SIZE];
	struct page_item item = { .verdict = VERDICT_ACTIVE,
				  .serial = slice_of(with.serial),
				  .uri = slice_of(with.uri),
				  .since = S("2026-09-01") };

	gtin_format(with.gtin, gtin);
	item.gtin = slice_of(gtin);
	buf_clear(&with.page);
	page_item_write(&with.page, with.shared[language], &item);
	require(buf_ok(&with.page), "page");
}

static void write_page_zh(void)
{
	write_page(0);
}

static void write_page_en(void)
{
	write_page(1);
}

static unsigned language_named(const char *tag)
{
	for (unsigned i = 0; i < page_language_count; i++)
		if (strcmp(page_languages[i], tag) == 0)
			return i;
	require(false, "a language is missing");
	return 0;
}

static void prepare_page(void)
{
	size_t size;
	struct page_shared *shared =
	    page_shared_new(&with.source, language_named("zh-CN"), PAGE_HTML, &size);

	require(shared != NULL, "page_shared_new");
	page_shared_free(shared);
}

/* The parts of an item's page, zh-CN. */
static struct {
	struct buf text; /* behind the slots */
	struct slice segments[PAGE_SLOTS_MAX + 1], slots[PAGE_SLOTS_MAX];
	size_t rooms[PACKED_CODING_COUNT][PAGE_SLOTS_MAX];
	struct packed *packed[PACKED_CODING_COUNT];
	unsigned count;
} parts;

static void write_parts(void)
{
	char gtin[GTIN_TEXT_SIZE];
	struct page_item item = { .verdict = VERDICT_ACTIVE,
				  .serial = slice_of(with.serial),
				  .uri = slice_of(with.uri),
				  .since = S("2026-09-01") };
	size_t ends[PAGE_SLOTS_MAX], from = 0;

	gtin_format(with.gtin, gtin);
	item.gtin = slice_of(gtin);
	buf_clear(&parts.text);
	page_item_write_slots(&parts.text, with.shared[0], &item, ends);
	require(buf_ok(&parts.text), "parts of a page");
	parts.count = page_shared_slots(with.shared[0]);
	for (unsigned i = 0; i < parts.count; from = ends[i++])
		parts.slots[i] = (struct slice){ parts.text.data + from, ends[i] - from };
}

static struct packed *pack(enum packed_coding coding)
{
	size_t size;
	struct packed *p =
	    packed_new(coding, parts.segments, parts.rooms[coding], parts.count, &size);

	require(p != NULL, "packed_new");
	return p;
}

static void pack_brotli(void)
{
	packed_free(pack(PACKED_BROTLI));
}

static void pack_gzip(void)
{
	packed_free(pack(PACKED_GZIP));
}

static void put_between(enum packed_coding coding)
{
	buf_clear(&with.page);
	packed_write(&with.page, parts.packed[coding], parts.slots);
	require(buf_ok(&with.page), "compressed page");
}

static void put_between_brotli(void)
{
	put_between(PACKED_BROTLI);
}

static void put_between_gzip(void)
{
	put_between(PACKED_GZIP);
}

static void make_qr(void)
{
	require(qr_make(slice_of(with.uri), QR_LEVEL_M, &with.qr) == QR_MADE, "qr");
}

static struct piece {
	const char *name;
	void (*run)(void);
	unsigned each; /* things made in one run */
	uint64_t times;
	double ns[TURNS];
} pieces[] = {
	{ .name = "Digital Link parsed and checked", .run = parse_link, .each = 1 },
	{ .name = "serial from counter, one by one", .run = encode, .each = 1 },
	{ .name = "serial from counter, in a batch", .run = encode_run, .each = RUN },
	{ .name = "counter from serial", .run = decode, .each = 1 },
	{ .name = "page of an item written, zh-CN", .run = write_page_zh, .each = 1 },
	{ .name = "page of an item written, en", .run = write_page_en, .each = 1 },
	{ .name = "a lot's documents made ready", .run = prepare_page, .each = 1 },
	{ .name = "its page compressed, brotli", .run = pack_brotli, .each = 1 },
	{ .name = "its page compressed, gzip", .run = pack_gzip, .each = 1 },
	{ .name = "an item's own parts written", .run = write_parts, .each = 1 },
	{ .name = "they put into the brotli", .run = put_between_brotli, .each = 1 },
	{ .name = "they put into the gzip", .run = put_between_gzip, .each = 1 },
	{ .name = "QR code (matrix) by libqrencode", .run = make_qr, .each = 1 },
};

/* --- measuring ------------------------------------------------------------------------------ */

/* Of this process alone: what others do on the machine counts less. */
static double now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_of(const struct piece *s)
{
	double began = now_ns();

	for (uint64_t i = 0; i < s->times; i++)
		s->run();
	return now_ns() - began;
}

/* As often as fills a turn. */
static void calibrate(struct piece *s, double turn_ns)
{
	double took = 0;

	for (s->times = 1; took < turn_ns / 4; s->times *= 2)
		took = time_of(s);
	s->times = (uint64_t)((double)s->times / 2 * turn_ns / took) + 1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(double turn_ns)
{
	for (size_t i = 0; i < COUNT_OF(pieces); i++)
		calibrate(&pieces[i], turn_ns);
	for (unsigned turn = 0; turn < TURNS; turn++)
		for (size_t i = 0; i < COUNT_OF(pieces); i++)
			pieces[i].ns[turn] =
			    time_of(&pieces[i]) / (double)(pieces[i].times * pieces[i].each);
	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		qsort(pieces[i].ns, TURNS, sizeof(pieces[i].ns[0]), compare);
		printf("{\"name\":\"%s\",\"median_ns\":%.1f,\"min_ns\":%.1f,\"max_ns\":%.1f}\n",
		       pieces[i].name, pieces[i].ns[TURNS / 2], pieces[i].ns[0],
		       pieces[i].ns[TURNS - 1]);
	}
}

/* --- what they work on ---------------------------------------------------------------------- */

static const struct sql_query lot_handle = {
	.name = "bench_lot_handle",
	.text = "SELECT trace.lot_handle($1::bigint, $2::text)",
	.parameters = 2,
	.users = SQL_OPERATOR,
};

/* Borrows from the rows, which stay until the end. */
static void load_documents(const char *url, const char *lot)
{
	struct db db = { 0 };
	PGresult *rows, *handle;

	require(db_open(&db, url, "bench"), "the database cannot be reached");
	handle = db_query(&db, &lot_handle, DB_VALUES(db_number((int64_t)with.gtin), db_text(lot)));
	require(handle != NULL && PQntuples(handle) == 1, "nobody owns the GTIN");
	rows =
	    db_query(&db, &sql_lookup_documents,
		     DB_VALUES(db_number((int64_t)with.gtin), db_text(PQgetvalue(handle, 0, 0))));
	require(rows != NULL && PQntuples(rows) == 1, "no documents");
	with.source.brand = db_slice_at(rows, 0, PQfnumber(rows, "brand"));
	with.source.product = db_slice_at(rows, 0, PQfnumber(rows, "product"));
	with.source.lot = db_slice_at(rows, 0, PQfnumber(rows, "lot"));
	require(with.source.lot.length > 0, "the lot has no public document");
	PQclear(handle);
	db_close(&db);
}

static void prepare_parts(void)
{
	buf_init(&parts.text, PAGE_MOST);
	write_parts();
	for (unsigned i = 0; i <= parts.count; i++)
		parts.segments[i] = page_shared_segment(with.shared[0], i);
	for (enum packed_coding coding = 0; coding < PACKED_CODING_COUNT; coding++) {
		for (unsigned i = 0; i < parts.count; i++)
			parts.rooms[coding][i] = packed_room(coding, parts.slots[i].length);
		parts.packed[coding] = pack(coding);
	}
}

static void prepare(void)
{
	static const uint8_t key[SERIAL_KEY_SIZE] = { 1, 2, 3 };
	static const char *const tags[] = { "zh-CN", "en" }; /* as `shared` */
	size_t size;

	with.run = malloc((size_t)RUN * SERIAL_LENGTH_MOST);
	require(with.run != NULL && serial_key_init(&with.key, 0, key), "no memory");
	encode();
	(void)snprintf(with.path, sizeof(with.path), "/01/%014llu/21/%s",
		       (unsigned long long)with.gtin, with.serial);
	(void)snprintf(with.uri, sizeof(with.uri), "HTTPS://ID.EXAMPLE.COM%s", with.path);
	for (unsigned i = 0; i < COUNT_OF(tags); i++) {
		with.shared[i] =
		    page_shared_new(&with.source, language_named(tags[i]), PAGE_HTML, &size);
		require(with.shared[i] != NULL, "page_shared_new");
	}
	buf_init(&with.page, PAGE_MOST);
	prepare_parts();
}

int main(int argc, char **argv)
{
	struct settings settings;
	char why[512];
	uint64_t ms;

	if (argc != 5 || gtin_parse(slice_of(argv[2]), &with.gtin) != GTIN_OK ||
	    !slice_to_u64(slice_of(argv[4]), &ms) || ms == 0) {
		fprintf(stderr, "usage: micro SUYUAN.CONF GTIN LOT MILLISECONDS\n");
		return 2;
	}
	settings_init(&settings);
	require(settings_load(&settings, argv[1], why, sizeof(why)), why);
	load_documents(settings.database_url, argv[3]);
	settings_release(&settings);
	prepare();
	measure((double)ms * 1e6 / (TURNS + 2) / COUNT_OF(pieces));
	return 0;
}
