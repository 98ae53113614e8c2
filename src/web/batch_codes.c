/* `/v1/batches/{id}/codes`: the codes of a batch as a file, computed while they are sent. */
#include "label/code_file.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/api.h"
#include "web/batch_keys.h"
#include "web/http_accept.h"
#include "web/http_part.h"
#include "web/lookup_log.h"
#include "web/stream_gzip.h"

void serve_batch_codes(struct request *r);

enum { TEXT_ROOM = 160 };

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
	WRAPPED
};

/* One download; in the request's arena, which lives as long. */
struct download {
	struct slice id; /* as PostgreSQL writes it */
	struct code_form form;
	uint64_t from, to; /* positions that were asked for; `to` 0: to the end */
	struct serial_key key;
	struct batch batch;
	struct code_file file;
	struct byte_range range; /* bytes of it that are sent */
	bool gzip;
	char tag[TEXT_ROOM], name[TEXT_ROOM], content_range[TEXT_ROOM];
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
	api_problem(call, 400, "format", "csv, ndjson or txt",
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
	api_problem(call, 406, "Accept", "text/csv, application/x-ndjson or text/plain",
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
	api_problem(call, 400, "encoding", "utf-8 or utf-16le",
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
		api_problem(call, 400, "format", NULL, "format: %s.", fault);
	return fault == NULL;
}

/* `to` is compared with the batch later. */
static bool read_positions(struct api_call *call, struct download *d)
{
	return api_query_number(call, "from", 1, BATCH_QUANTITY_MOST, 1, &d->from) &&
	       api_query_number(call, "to", 1, BATCH_QUANTITY_MOST, 0, &d->to);
}

/* --- sending -------------------------------------------------------------------------------- */

static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct download *d = arg;
	uint64_t left = d->range.last - d->range.first + 1;
	size_t before = out->length;

	code_file_read(&d->file, d->range.first, left < most ? (size_t)left : most, out);
	d->range.first += out->length - before;
	return d->range.first > d->range.last ? STREAM_END : STREAM_MORE;
}

static void release(void *arg)
{
	struct download *d = arg;

	code_file_release(&d->file);
	serial_key_release(&d->key);
}

static struct slice tag_of(const struct download *d)
{
	return slice_of(d->tag);
}

/*
 * Strong for the bytes as they are. Compressed ones are the same only for the same zlib, so theirs
 * is weak (RFC 9110, 8.8.3.3).
 */
static void name_it(struct download *d, struct slice gtin)
{
	unsigned form = code_form_number(&d->form);
	char part[TEXT_ROOM / 3] = "";

	if (d->from > 1 || d->to < d->batch.quantity)
		(void)snprintf(part, sizeof(part), "-%llu-%llu", (unsigned long long)d->from,
			       (unsigned long long)d->to);
	(void)snprintf(d->tag, sizeof(d->tag), "\"%.*s-%u%s%s\"", SLICE_ARG(d->id), form, part,
		       d->gzip ? "-gzip" : "");
	(void)snprintf(d->name, sizeof(d->name), "attachment; filename=\"codes-%.*s-%.*s%s.%s\"",
		       SLICE_ARG(gtin), SLICE_ARG(d->id), part, code_form_suffix(&d->form));
}

static void add_headers(struct download *d, struct answer *a)
{
	a->cache_control = "private, no-cache";
	if (d->gzip) {
		memmove(d->tag + 2, d->tag, strlen(d->tag) + 1);
		memcpy(d->tag, "W/", 2);
	} else {
		answer_add_header(a, "accept-ranges", S("bytes"));
	}
	answer_add_header(a, "etag", tag_of(d));
	answer_add_header(a, "vary", S("accept, accept-encoding"));
}

static void send_bytes(struct api_call *call, struct download *d, int status)
{
	struct answer head = { .status = status, .content_type = code_form_media_type(&d->form) };
	struct stream_source source = {
		.length = d->range.last - d->range.first + 1,
		.produce = produce,
		.release = release,
		.arg = d,
	};

	add_headers(d, &head);
	answer_add_header(&head, "content-disposition", slice_of(d->name));
	if (status == 206)
		answer_add_header(&head, "content-range", slice_of(d->content_range));
	if (d->gzip && call->request->method == METHOD_GET && !stream_gzip(&source, &source)) {
		release(d);
		api_problem(call, 503, NULL, NULL, "Out of memory.");
		return;
	}
	if (d->gzip) {
		source.length = STREAM_LENGTH_UNKNOWN;
		answer_add_header(&head, "content-encoding", S("gzip"));
	}
	api_end(call, &head);
	respond_stream(call->request, &head, &source);
}

static void send_nothing(struct api_call *call, struct download *d, int status, const char *detail)
{
	struct answer a = { .status = status };

	release(d);
	add_headers(d, &a);
	if (status == 416)
		answer_add_header(&a, "content-range", slice_of(d->content_range));
	api_end(call, &a);
	if (status == 304)
		respond(call->request, &a);
	else
		respond_problem_with(call->request, &a, status_text(status), detail);
}

static void decide(struct api_call *call, struct download *d)
{
	const struct request *r = call->request;
	const uint64_t length = code_file_length(&d->file);
	const struct part_wishes wishes = {
		.if_match = request_header(r, "if-match"),
		.if_none_match = request_header(r, "if-none-match"),
		.if_range = request_header(r, "if-range"),
		/* Only a GET has parts (RFC 9110, 14.2). */
		.range = r->method == METHOD_GET && !d->gzip ? request_header(r, "range") : S(""),
	};

	switch (part_decide(&wishes, tag_of(d), length, &d->range)) {
	case PART_WHOLE:
		d->range = (struct byte_range){ 0, length - 1 };
		send_bytes(call, d, 200);
		return;
	case PART_SOME:
		(void)snprintf(d->content_range, TEXT_ROOM, "bytes %llu-%llu/%llu",
			       (unsigned long long)d->range.first,
			       (unsigned long long)d->range.last, (unsigned long long)length);
		send_bytes(call, d, 206);
		return;
	case PART_NOT_MODIFIED:
		send_nothing(call, d, 304, NULL);
		return;
	case PART_OTHER:
		send_nothing(call, d, 412,
			     "The codes have another entity tag than If-Match names.");
		return;
	case PART_OUTSIDE:
		(void)snprintf(d->content_range, TEXT_ROOM, "bytes */%llu",
			       (unsigned long long)length);
		send_nothing(call, d, 416, "The range is beyond the end.");
		return;
	}
}

/*
 * Compressed bytes have no fixed places: who asks for a part, or means certain bytes, gets them as
 * they are.
 */
static bool wants_gzip(const struct request *r)
{
	return request_header(r, "range").data == NULL &&
	       request_header(r, "if-match").data == NULL &&
	       accept_encoding(request_header(r, "accept-encoding"), S("gzip"));
}

/* --- the batch ------------------------------------------------------------------------------ */

static bool positions_fit(struct api_call *call, struct download *d)
{
	if (d->to == 0)
		d->to = d->batch.quantity;
	if (d->from <= d->to && d->to <= d->batch.quantity)
		return true;
	api_problem(call, 400, d->to > d->batch.quantity ? "to" : "from", NULL,
		    "from, to: must be positions from 1 to %llu, `from` not behind `to`.",
		    (unsigned long long)d->batch.quantity);
	return false;
}

/* The stem and everything else is copied: the rows end with this turn of the loop. */
static bool open_file(struct api_call *call, struct download *d, const PGresult *rows)
{
	const struct code_texts texts = {
		.batch = &d->batch,
		.lot = db_text_in(rows, 0, LOT),
		.produced = db_text_in(rows, 0, PRODUCED),
		.expiry = db_text_in(rows, 0, EXPIRY),
		.product = db_text_in(rows, 0, PRODUCT),
		.copies = 1,
	};
	unsigned key_id = (unsigned)db_i64_in(rows, 0, KEY_ID);
	enum batch_result result = batch_check(&d->batch);

	if (result != BATCH_OK) {
		lookup_log("error", "batch %.*s: %s", SLICE_ARG(d->id), batch_reason(result));
		api_problem(call, 500, NULL, NULL, "The batch cannot be computed; it was logged.");
		return false;
	}
	if (!batch_key_open(key_id, db_text_in(rows, 0, WRAPPED), &d->key)) {
		api_problem(call, 503, NULL, NULL, "The key of this batch is not at hand.");
		return false;
	}
	d->batch.key = &d->key;
	if (code_file_init(&d->file, &d->form, &texts, d->from, d->to))
		return true;
	release(d);
	api_problem(call, 503, NULL, NULL, "Out of memory.");
	return false;
}

static void found(struct api_call *call, const PGresult *rows)
{
	struct download *d = call->own;
	char gtin[GTIN_TEXT_SIZE];

	if (PQntuples(rows) == 0) {
		api_problem(call, 404, NULL, NULL, "There is no batch with this id.");
		return;
	}
	d->id = arena_copy(&call->request->arena, db_text_in(rows, 0, ID));
	d->batch = (struct batch){
		.gtin = (uint64_t)db_i64_in(rows, 0, GTIN),
		.first = (uint64_t)db_i64_in(rows, 0, FIRST),
		.quantity = (uint64_t)db_i64_in(rows, 0, QUANTITY),
		.length = (unsigned)db_i64_in(rows, 0, LENGTH),
		.stem = arena_copy(&call->request->arena, db_text_in(rows, 0, STEM)),
	};
	if (!positions_fit(call, d) || !open_file(call, d, rows))
		return;
	gtin_format(d->batch.gtin, gtin);
	d->gzip = wants_gzip(call->request);
	name_it(d, slice_of(gtin));
	decide(call, d);
}

static void get(struct api_call *call)
{
	struct download *d = arena_alloc(&call->request->arena, sizeof(*d));
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (d == NULL) {
		api_problem(call, 503, NULL, NULL, "Out of memory.");
		return;
	}
	call->own = d;
	if (!api_uuid(call, 0, &id) || !read_form(call, &d->form) || !read_positions(call, d))
		return;
	db_add_text(&p, id);
	api_ask(call, &sql_api_batch_codes, &p, found);
}

void serve_batch_codes(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}
