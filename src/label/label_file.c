/* Making finished label files of batches. */
#include "label/label_file.h"

#include <assert.h>

#include "model/gs1.h"

enum {
	CODES_AT_ONCE =
	    32, /* between two questions whether to go on: large pictures take 50 ms each */
	URI_MOST = 512,
};

/* --- which codes and names --- */

/* Labels that one file may hold, copies counted for PDF. */
static uint64_t most_labels(const struct label_setup *setup)
{
	uint64_t labels;

	switch (setup->order.format) {
	case LABEL_PDF:
		labels = setup->pages_a_file * sheet_labels(&setup->sheet);
		return labels < LABEL_FILE_LABELS ? labels : LABEL_FILE_LABELS;
	case LABEL_ZPL:
		return LABEL_FILE_ZPL;
	default:
		return setup->order.zip ? LABEL_FILE_ENTRIES : 1;
	}
}

static uint64_t codes_a_file(const struct label_setup *setup)
{
	uint64_t most = most_labels(setup), copies = setup->order.copies;

	if (setup->order.format == LABEL_PDF)
		most = most > copies ? most / copies : 1;
	return most;
}

uint64_t label_file_count(const struct label_setup *setup, uint64_t quantity)
{
	uint64_t codes = codes_a_file(setup);

	return (quantity + codes - 1) / codes;
}

void label_file_range(const struct label_setup *setup, uint64_t quantity, uint64_t number,
		      uint64_t *ret_index, uint64_t *ret_count)
{
	uint64_t codes = codes_a_file(setup), index = number * codes;

	assert(index < quantity);
	*ret_index = index;
	*ret_count = quantity - index < codes ? quantity - index : codes;
}

void label_file_name(const struct label_setup *setup, uint64_t number, uint64_t count,
		     char ret_name[LABEL_FILE_NAME_SIZE])
{
	bool zip = setup->order.zip;
	const char *extension = zip ? "zip" : label_format_name(setup->order.format);
	int digits = 4;

	for (uint64_t power = 10000; power <= count && digits < 10; power *= 10)
		digits++;
	if (count == 1)
		(void)snprintf(ret_name, LABEL_FILE_NAME_SIZE, "labels.%s", extension);
	else
		(void)snprintf(ret_name, LABEL_FILE_NAME_SIZE, "labels-%0*llu.%s", digits,
			       (unsigned long long)number + 1, extension);
}

const char *label_file_type(const struct label_setup *setup)
{
	static const char *const types[] = {
		[LABEL_PDF] = "application/pdf",
		/* as print systems (CUPS) call it; it is not registered */
		[LABEL_ZPL] = "application/vnd.zebra-zpl",
		[LABEL_SVG] = "image/svg+xml",
		[LABEL_PNG] = "image/png",
		[LABEL_EPS] = "application/postscript",
	};

	return setup->order.zip ? "application/zip" : types[setup->order.format];
}

/* --- making a file --- */

/* What is the same for every code of a file. */
struct making {
	const struct label_batch *batch;
	struct label_writer *writer;
	uint64_t copies;
	char gtin[GTIN_TEXT_SIZE];
	struct label_text text;
	struct buf url; /* its first `prefix` bytes stay */
	size_t prefix;
};

static enum label_result add_codes(struct making *m, const char *serials, size_t count)
{
	size_t length = m->batch->batch->length;
	enum label_result result = LABEL_MADE;

	for (size_t i = 0; i < count && result == LABEL_MADE; i++) {
		m->text.serial = (struct slice){ serials + i * length, length };
		m->url.length = m->prefix;
		buf_add_slice(&m->url, m->text.serial);
		result = label_writer_add(m->writer, buf_slice(&m->url), &m->text, m->copies);
	}
	return result;
}

static enum label_result add_range(struct making *m, uint64_t index, uint64_t count)
{
	char serials[CODES_AT_ONCE * SERIAL_LENGTH_MOST];
	enum label_result result = LABEL_MADE;

	for (uint64_t made = 0; made < count && result == LABEL_MADE;) {
		uint64_t left = count - made;
		size_t some = left < CODES_AT_ONCE ? (size_t)left : CODES_AT_ONCE;

		if (m->batch->go_on != NULL && !m->batch->go_on(m->batch->whose, made))
			return LABEL_STOPPED;
		batch_serials(m->batch->batch, index + made, some, serials);
		result = add_codes(m, serials, some);
		made += some;
	}
	return result;
}

static void begin(struct making *m)
{
	const struct label_batch *batch = m->batch;

	gtin_format(batch->batch->gtin, m->gtin);
	m->text = (struct label_text){ .gtin = slice_of(m->gtin),
				       .product = batch->product,
				       .lot = batch->lot,
				       .expiry = batch->expiry,
				       .produced = batch->produced };
	buf_init(&m->url, URI_MOST);
	batch_uri_prefix(batch->batch, &m->url);
	m->prefix = m->url.length;
}

static enum label_result make(struct making *m, uint64_t index, uint64_t count,
			      struct label_tally *tally)
{
	enum label_result result;

	begin(m);
	result = add_range(m, index, count);
	if (result == LABEL_MADE)
		result = label_writer_finish(m->writer, tally);
	buf_release(&m->url);
	label_writer_free(m->writer);
	return result;
}

enum label_result label_file_make(const struct label_setup *setup, const struct label_batch *batch,
				  uint64_t index, uint64_t count, struct buf *out,
				  struct label_tally *tally)
{
	struct making m = { .batch = batch, .copies = setup->order.copies };
	enum label_result result = label_writer_new(setup, index == 0, out, &m.writer);

	return result == LABEL_MADE ? make(&m, index, count, tally) : result;
}

enum label_result label_file_preview(const struct label_setup *setup,
				     const struct label_batch *batch, struct buf *out)
{
	uint64_t places = label_order_has_labels(&setup->order) ? sheet_labels(&setup->sheet) : 1;
	struct making m = { .batch = batch, .copies = setup->order.copies };
	enum label_result result = label_writer_preview(setup, out, &m.writer);
	struct label_tally tally = { 0 };

	if (places > batch->batch->quantity)
		places = batch->batch->quantity;
	return result == LABEL_MADE ? make(&m, 0, places, &tally) : result;
}
