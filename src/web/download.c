/* Decides how a file is sent, and sends it. */
#include "web/download.h"

#include "web/http_accept.h"
#include "web/stream_gzip.h"

enum { LINE_ROOM = DOWNLOAD_NAME_MOST + 40 };

/* What is decided about one answer. */
struct answering {
	struct api_call *call;
	const struct download *download;
	bool gzip;
	char tag[LINE_ROOM], content_range[LINE_ROOM];
};

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

static struct slice strong_tag(const struct answering *a)
{
	return slice_from(slice_of(a->tag), a->gzip ? strlen("W/") : 0);
}

/*
 * Strong for the bytes as they are. Compressed ones are the same only for the same zlib, so theirs
 * is weak (RFC 9110, 8.8.3.3).
 */
static void make_tag(struct answering *a)
{
	(void)snprintf(a->tag, sizeof(a->tag), "%s\"%.*s%s\"", a->gzip ? "W/" : "",
		       SLICE_ARG(a->download->tag), a->gzip ? "-gzip" : "");
}

static void add_headers(const struct answering *a, struct answer *head)
{
	head->cache_control = "private, no-cache";
	if (!a->gzip)
		answer_add_header(head, "accept-ranges", S("bytes"));
	answer_add_header(head, "etag", slice_of(a->tag));
	if (a->download->by_accept)
		answer_add_header(head, "vary", S("accept, accept-encoding"));
	else if (a->download->compressible)
		answer_add_header(head, "vary", S("accept-encoding"));
	if (a->content_range[0] != '\0')
		answer_add_header(head, "content-range", slice_of(a->content_range));
}

static void release(const struct stream_source *source)
{
	if (source->release != NULL)
		source->release(source->arg);
}

/* HEAD needs no compressor, but says what GET would. */
static bool compress(const struct answering *a, struct stream_source *source, struct answer *head)
{
	if (!a->gzip)
		return true;
	answer_add_header(head, "content-encoding", S("gzip"));
	if (a->call->request->method == METHOD_HEAD) {
		source->length = STREAM_LENGTH_UNKNOWN;
		return true;
	}
	return stream_gzip(source, source);
}

static void send_bytes(const struct answering *a, int status, struct byte_range range)
{
	const struct download *d = a->download;
	struct answer head = { .status = status, .content_type = d->content_type };
	struct stream_source source = d->source;
	char name[LINE_ROOM];

	*d->range = range;
	source.length = range.last - range.first + 1;
	(void)snprintf(name, sizeof(name), "attachment; filename=\"%.*s\"",
		       SLICE_ARG(d->file_name));
	add_headers(a, &head);
	answer_add_header(&head, "content-disposition", slice_of(name));
	if (!compress(a, &source, &head)) {
		release(&source);
		api_no_memory(a->call);
		return;
	}
	api_end(a->call, &head);
	respond_stream(a->call->request, &head, &source);
}

static void send_nothing(const struct answering *a, int status, const char *detail)
{
	struct answer head = { .status = status };

	release(&a->download->source);
	add_headers(a, &head);
	api_end(a->call, &head);
	if (status == 304)
		respond(a->call->request, &head);
	else
		respond_problem_with(a->call->request, &head, status_text(status), detail);
}

static void send_part(struct answering *a, struct byte_range range)
{
	(void)snprintf(a->content_range, sizeof(a->content_range), "bytes %llu-%llu/%llu",
		       (unsigned long long)range.first, (unsigned long long)range.last,
		       (unsigned long long)a->download->length);
	send_bytes(a, 206, range);
}

static void refuse_part(struct answering *a)
{
	(void)snprintf(a->content_range, sizeof(a->content_range), "bytes */%llu",
		       (unsigned long long)a->download->length);
	send_nothing(a, 416, "The range is beyond the end.");
}

void download_answer(struct api_call *call, const struct download *d)
{
	const struct request *r = call->request;
	struct answering a = { .call = call, .download = d };
	struct byte_range range = { 0, d->length - 1 };
	const struct part_wishes wishes = {
		.if_match = request_header(r, "if-match"),
		.if_none_match = request_header(r, "if-none-match"),
		.if_range = request_header(r, "if-range"),
		/* Only a GET has parts (RFC 9110, 14.2). */
		.range = r->method == METHOD_GET ? request_header(r, "range") : S(""),
	};

	a.gzip = d->compressible && wants_gzip(r);
	make_tag(&a);
	switch (part_decide(&wishes, strong_tag(&a), d->length, &range)) {
	case PART_WHOLE:
		send_bytes(&a, 200, range);
		return;
	case PART_SOME:
		send_part(&a, range);
		return;
	case PART_NOT_MODIFIED:
		send_nothing(&a, 304, NULL);
		return;
	case PART_OTHER:
		send_nothing(&a, 412, "The file has another entity tag than If-Match names.");
		return;
	case PART_OUTSIDE:
		refuse_part(&a);
		return;
	}
}
