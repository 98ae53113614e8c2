/* Labels of a batch of the database. */
#include "cli/labels_batch.h"

#include "cli/database.h"
#include "model/gs1.h"

enum { CODES_AT_ONCE = 256 };

/* --- the batch --- */

static int choose_part(const struct command_context *context, struct labels_batch *b)
{
	uint64_t quantity = b->row.batch.quantity;

	b->part = b->row.batch;
	if (b->first > quantity || b->count > quantity - (b->first - 1))
		return command_fail(context, EXIT_USAGE,
				    "batch %s has %llu codes: --first and --count go beyond them",
				    b->id, (unsigned long long)quantity);
	b->part.first += b->first - 1;
	b->part.quantity = b->count > 0 ? b->count : quantity - (b->first - 1);
	b->labels = (struct label_batch){ .batch = &b->part,
					  .product = b->row.product,
					  .lot = b->row.lot,
					  .expiry = b->row.best_before,
					  .produced = b->row.produced };
	return EXIT_OK;
}

static int read_batch(struct command_context *context, struct db *db, struct labels_batch *b)
{
	if (!batch_read(db, b->id, &b->row))
		return command_fail_store(context, db, b->id);
	b->row.batch.key = keyring_find(&b->ring, b->row.key_id);
	if (b->row.batch.key == NULL)
		return command_fail(context, EXIT_FAILED, "batch %s: its key is missing", b->id);
	return choose_part(context, b);
}

int labels_batch_load(struct command_context *context, struct labels_batch *b)
{
	struct db db = { 0 };
	int status;

	keyring_init(&b->ring);
	status = command_open(context, &db);
	if (status == EXIT_OK)
		status = command_load_keys(context, &db, &b->ring);
	if (status == EXIT_OK)
		status = read_batch(context, &db, b);
	db_close(&db);
	return status;
}

void labels_batch_release(struct labels_batch *b)
{
	batch_row_release(&b->row);
	keyring_release(&b->ring);
}

/* --- its labels --- */

/* What is the same for every label. */
struct printing {
	struct labels_batch *batch;
	struct label_print *print;
	struct progress progress;
	struct label_source source;
	struct buf url; /* its first `prefix` bytes stay */
	size_t prefix;
};

static int print_some(struct printing *g, uint64_t index, size_t count)
{
	char serials[CODES_AT_ONCE * SERIAL_LENGTH_MOST];
	size_t length = g->batch->part.length;
	int status = EXIT_OK;

	batch_serials(&g->batch->part, index, count, serials);
	for (size_t i = 0; i < count && status == EXIT_OK; i++) {
		struct slice serial = { serials + i * length, length };

		g->url.length = g->prefix;
		buf_add_slice(&g->url, serial);
		g->source.url = buf_slice(&g->url);
		g->source.text.serial = serial;
		status = label_print_add(g->print, &g->source);
	}
	return status;
}

static int print_file(struct printing *g, uint64_t index, uint64_t count)
{
	int status = EXIT_OK;

	for (uint64_t done = 0; done < count && status == EXIT_OK; done += CODES_AT_ONCE) {
		uint64_t left = count - done;

		status = print_some(g, index + done,
				    left < CODES_AT_ONCE ? (size_t)left : CODES_AT_ONCE);
		progress_to(&g->progress, index + done);
	}
	return status;
}

static int print_files(struct printing *g)
{
	const struct label_setup *setup = &g->print->setup;
	uint64_t quantity = g->batch->part.quantity, files = label_file_count(setup, quantity);
	int status = EXIT_OK;

	for (uint64_t i = 0; i < files && status == EXIT_OK; i++) {
		uint64_t index, count;

		label_file_range(setup, quantity, i, &index, &count);
		status = print_file(g, index, count);
		if (status == EXIT_OK && i + 1 < files)
			status = label_print_cut(g->print);
	}
	return status;
}

int labels_batch_print(struct labels_batch *b, struct label_print *print)
{
	struct printing g = { .batch = b, .print = print };
	char gtin[GTIN_TEXT_SIZE];
	int status;

	gtin_format(b->part.gtin, gtin);
	g.source = (struct label_source){ .name = b->id,
					  .copies = 1,
					  .text = { .gtin = slice_of(gtin),
						    .product = b->labels.product,
						    .lot = b->labels.lot,
						    .produced = b->labels.produced,
						    .expiry = b->labels.expiry } };
	buf_init(&g.url, 1024);
	batch_uri_prefix(&b->part, &g.url);
	g.prefix = g.url.length;
	progress_start(&g.progress, print->context, "labels", b->part.quantity);
	status = print_files(&g);
	progress_end(&g.progress);
	buf_release(&g.url);
	return status;
}
