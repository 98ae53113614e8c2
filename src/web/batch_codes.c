/* `/v1/batches/{id}/codes`: the codes of a batch as a file, computed while they are sent. */
#include "label/code_file.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/batch_keys.h"
#include "web/download.h"
#include "web/http_accept.h"
#include "web/worker_log.h"

void serve_batch_codes(struct request *r);

enum { TEXT_ROOM = DOWNLOAD_NAME_MOST };

/* The columns of api_batch_codes.sql. */
enum column {
	ID,
	GTIN,
	LOT,
	KEY_ID,
	LENGTH,
	STEM,
	FIRST,
	QUANTITY,
	PRODUCT,
	PRODUCED,
	EXPIRY,
	WRAPPED,
	PIN_DIGITS_NOW
};

/* One download; in the request's arena, which lives as long. */
struct codes {
	struct slice id; /* as PostgreSQL writes it */
	bool with_pins;
	struct code_form form;
	uint64_t from, to; /* positions that were asked for; `to` 0: to the end */
	struct serial_key key;
	struct batch batch;
	struct code_file file;
	struct byte_range range; /* bytes of it that are sent */
	char tag[TEXT_ROOM], name[TEXT_ROOM];
};

/* --- what is asked for ---------------------------------------------------------------------- */

static const struct media_type types[CODES_FORMATS] = {
	[CODES_CSV] = { SLICE("text"), SLICE("csv") },
	[CODES_NDJSON] = { SLICE("application"), SLICE("x-ndjson") },
	[CODES_URLS] = { SLICE("text"), SLICE("plain") },
};

static bool format_by_name(struct api_call *call, struct slice name, enum code_format *ret_format)
{
	if (code_format_read(name, ret_format))
		return true;
	api_problem(call, 400, MESSAGE_choice, "format", "csv, ndjson or txt",
		    "format: there is none of that name.");
	return false;
}

/* RFC 9110, 12.5.1. */
static bool format_by_accept(struct api_call *call, enum code_format *ret_format)
{
	unsigned qualities[CODES_FORMATS];
	unsigned best = CODES_CSV;

	accept_weigh(request_header(call->request, "accept"), types, CODES_FORMATS, qualities);
	for (unsigned i = 0; i < CODES_FORMATS; i++)
		if (qualities[i] > qualities[best])
			best = i;
	*ret_format = (enum code_format)best;
	if (qualities[best] > 0)
		return true;
	api_problem(call, 406, MESSAGE_choice, "Accept",
		    "text/csv, application/x-ndjson or text/plain",
		    "Codes come as text/csv, application/x-ndjson or text/plain.");
	return false;
}

/* "1" or "0"; absent is no. */
static bool read_flag(struct api_call *call, const char *name, bool *ret_flag)
{
	uint64_t value;

	if (!api_query_number(call, name, 0, 1, 0, &value))
		return false;
	*ret_flag = value == 1;
	return true;
}

static bool read_encoding(struct api_call *call, bool *ret_utf16)
{
	struct slice name = request_query(call->request, "encoding");

	*ret_utf16 = slice_equal_nocase(name, S("utf-16le"));
	if (*ret_utf16 || name.data == NULL || slice_equal_nocase(name, S("utf-8")))
		return true;
	api_problem(call, 400, MESSAGE_choice, "encoding", "utf-8 or utf-16le",
		    "encoding: must be utf-8 or utf-16le.");
	return false;
}

static bool read_form(struct api_call *call, struct code_form *ret_form)
{
	struct slice name = request_query(call->request, "format");
	const char *fault;

	if (!(name.data != NULL ? format_by_name(call, name, &ret_form->format)
				: format_by_accept(call, &ret_form->format)) ||
	    !read_flag(call, "spreadsheet", &ret_form->spreadsheet) ||
	    !read_flag(call, "bom", &ret_form->byte_order_mark) ||
	    !read_encoding(call, &ret_form->utf16))
		return false;
	fault = code_form_fault(ret_form);
	if (fault != NULL)
		api_problem(call, 400, MESSAGE_choice, "format", NULL, "format: %s.", fault);
	return fault == NULL;
}

/* `to` is compared with the batch later. */
static bool read_positions(struct api_call *call, struct codes *c)
{
	return api_query_number(call, "from", 1, BATCH_QUANTITY_MOST, 1, &c->from) &&
	       api_query_number(call, "to", 1, BATCH_QUANTITY_MOST, 0, &c->to);
}

/* --- sending -------------------------------------------------------------------------------- */

static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct codes *c = arg;
	uint64_t left = c->range.last - c->range.first + 1;
	size_t before = out->length;

	code_file_read(&c->file, c->range.first, left < most ? (size_t)left : most, out);
	c->range.first += out->length - before;
	return c->range.first > c->range.last ? STREAM_END : STREAM_MORE;
}

static void release(void *arg)
{
	struct codes *c = arg;

	code_file_release(&c->file);
	serial_key_release(&c->key);
}

static void answer(struct api_call *call, struct codes *c)
{
	const struct download d = {
		.content_type = code_form_media_type(&c->form),
		.tag = slice_of(c->tag),
		.file_name = slice_of(c->name),
		.by_accept = true,
		.compressible = true,
		.length = code_file_length(&c->file),
		.source = { .produce = produce, .release = release, .arg = c },
		.range = &c->range,
	};

	download_answer(call, &d);
}

/* Tag and name tell batch, form and positions. */
static void name_it(struct codes *c)
{
	char part[TEXT_ROOM / 3] = "", gtin[GTIN_TEXT_SIZE];

	gtin_format(c->batch.gtin, gtin);
	if (c->from > 1 || c->to < c->batch.quantity)
		(void)snprintf(part, sizeof(part), "-%llu-%llu", (unsigned long long)c->from,
			       (unsigned long long)c->to);
	(void)snprintf(c->tag, sizeof(c->tag), "%.*s-%u%s", SLICE_ARG(c->id),
		       code_form_number(&c->form), part);
	(void)snprintf(c->name, sizeof(c->name), "codes-%s-%.*s%s.%s", gtin, SLICE_ARG(c->id), part,
		       code_form_suffix(&c->form));
}

/* --- the batch ------------------------------------------------------------------------------ */

static bool positions_fit(struct api_call *call, struct codes *c)
{
	if (c->to == 0)
		c->to = c->batch.quantity;
	if (c->from <= c->to && c->to <= c->batch.quantity)
		return true;
	api_problem(call, 400, MESSAGE_pack_place, c->to > c->batch.quantity ? "to" : "from", NULL,
		    "from, to: must be positions from 1 to %llu, `from` not behind `to`.",
		    (unsigned long long)c->batch.quantity);
	return false;
}

/* The stem and everything else is copied: the rows end with this turn of the loop. */
static bool open_file(struct api_call *call, struct codes *c, const PGresult *rows)
{
	const struct code_texts texts = {
		.batch = &c->batch,
		.lot = db_text_in(rows, 0, LOT),
		.produced = db_text_in(rows, 0, PRODUCED),
		.expiry = db_text_in(rows, 0, EXPIRY),
		.product = db_text_in(rows, 0, PRODUCT),
		.copies = 1,
	};
	unsigned key_id = (unsigned)db_i64_in(rows, 0, KEY_ID);
	enum batch_result result = batch_check(&c->batch);

	if (result != BATCH_OK) {
		worker_log("error", "batch %.*s: %s", SLICE_ARG(c->id), batch_reason(result));
		api_problem(call, 500, MESSAGE_our_mistake, NULL, NULL,
			    "The batch cannot be computed; it was logged.");
		return false;
	}
	if (!batch_key_open(key_id, db_text_in(rows, 0, WRAPPED), &c->key)) {
		api_problem(call, 503, MESSAGE_keys_away, NULL, NULL,
			    "The key of this batch is not at hand.");
		return false;
	}
	c->batch.key = &c->key;
	if (code_file_init(&c->file, &c->form, &texts, c->from, c->to))
		return true;
	release(c);
	api_no_memory(call);
	return false;
}

static bool take_pins(struct api_call *call, struct codes *c, unsigned digits)
{
	const char *fault;

	c->form.pin_digits = digits;
	fault = code_form_fault(&c->form);
	if (digits == 0)
		api_problem(call, 409, MESSAGE_no_pins, "pin", NULL,
			    "pin: the codes of this batch have no PINs (`suyuan pin on`).");
	else if (fault != NULL)
		api_problem(call, 400, MESSAGE_choice, "format", NULL, "format: %s.", fault);
	return digits > 0 && fault == NULL;
}

static void found(struct api_call *call, const PGresult *rows)
{
	struct codes *c = call->own;

	if (PQntuples(rows) == 0) {
		api_problem(call, 404, MESSAGE_pack_no_batch, NULL, NULL,
			    "There is no batch with this id.");
		return;
	}
	c->id = arena_copy(&call->request->arena, db_text_in(rows, 0, ID));
	c->batch = (struct batch){
		.gtin = (uint64_t)db_i64_in(rows, 0, GTIN),
		.first = (uint64_t)db_i64_in(rows, 0, FIRST),
		.quantity = (uint64_t)db_i64_in(rows, 0, QUANTITY),
		.length = (unsigned)db_i64_in(rows, 0, LENGTH),
		.stem = arena_copy(&call->request->arena, db_text_in(rows, 0, STEM)),
	};
	if (!positions_fit(call, c) ||
	    (c->with_pins && !take_pins(call, c, (unsigned)db_i64_in(rows, 0, PIN_DIGITS_NOW))) ||
	    !open_file(call, c, rows))
		return;
	name_it(c);
	answer(call, c);
}

static void get(struct api_call *call)
{
	struct codes *c = api_own(call, sizeof(*c));
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (c == NULL || !api_uuid(call, 0, &id) || !read_flag(call, "pin", &c->with_pins) ||
	    !read_form(call, &c->form) || !read_positions(call, c))
		return;
	db_add_text(&p, id);
	api_ask(call, &sql_api_batch_codes, &p, found);
}

void serve_batch_codes(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}
