/* Builds answers and hands them to the connection. */
#include "web/respond.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "web/blob.h"
#include "web/clock.h"
#include "web/conn.h"
#include "web/json_text.h"
#include "web/module.h"

/* What every answer carries; a page brings a Content-Security-Policy of its own. */
#define SECURITY_HEADERS                                  \
	"strict-transport-security: max-age=31536000\r\n" \
	"x-content-type-options: nosniff\r\n"             \
	"x-frame-options: DENY\r\n"                       \
	"referrer-policy: no-referrer\r\n"                \
	"cross-origin-opener-policy: same-origin\r\n"     \
	"cross-origin-resource-policy: same-origin\r\n"
/* Who reads a code in a web application of his own may read all that the lookup server says. */
#define SHARED_HEADERS                       \
	"access-control-allow-origin: *\r\n" \
	"access-control-expose-headers: link, location, etag, retry-after\r\n"
#define NOTHING_ALLOWED "default-src 'none'; frame-ancestors 'none'"
#define CLOSE_HEADER	"connection: close\r\n"

enum {
	ANSWER_MAXIMUM = 256 << 20,
	HEAD_USUAL = 1200,
	PROBLEM_MAXIMUM = 64 << 10,
	DETAIL_MAXIMUM = 1000,
	COPIED_MOST = 16384, /* of an answer that says that it is the last */
};

const char *status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} known[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 206, "Partial Content" },
		{ 300, "Multiple Choices" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 416, "Range Not Satisfiable" },
		{ 417, "Expectation Failed" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
		{ 507, "Insufficient Storage" },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].status == status)
			return known[i].text;
	return "Unknown";
}

void answer_add_header(struct answer *a, const char *name, struct slice value)
{
	if (a->header_count == ANSWER_HEADERS)
		abort();
	a->headers[a->header_count++] = (struct answer_header){ name, value };
}

/* --- blobs --------------------------------------------------------------------------------- */

static void add_header(struct buf *b, const char *name, struct slice value)
{
	size_t at;

	buf_add_string(b, name);
	buf_add(b, ": ", 2);
	at = b->length;
	buf_add_slice(b, value);
	/* A line break in a value would be a header of somebody else's choice. */
	for (; at < b->length; at++)
		if ((unsigned char)b->data[at] < 0x20 || b->data[at] == 0x7f)
			b->data[at] = ' ';
	buf_add(b, "\r\n", 2);
}

/* Date comes first, behind the status line. */
static size_t date_at(int status)
{
	return strlen("HTTP/1.1 200 ") + strlen(status_text(status)) + strlen("\r\ndate: ");
}

static bool has_length(int status)
{
	return status != 204 && status != 304;
}

static void add_length(struct buf *b, uint64_t length)
{
	buf_add_string(b, "content-length: ");
	buf_add_u64(b, length);
	buf_add(b, "\r\n", 2);
}

static void add_body_end(struct buf *b, enum body_end end, uint64_t length)
{
	if (end == BODY_HAS_LENGTH)
		add_length(b, length);
	else if (end == BODY_ENDS_WITH_CHUNK)
		buf_add_string(b, "transfer-encoding: chunked\r\n");
}

void answer_add_head(struct buf *b, const struct answer *a, enum body_end end, uint64_t length,
		     bool closes)
{
	buf_add_string(b, "HTTP/1.1 ");
	buf_add_u64(b, (uint64_t)a->status);
	buf_add_char(b, ' ');
	buf_add_string(b, status_text(a->status));
	buf_add_string(b, "\r\ndate: ");
	buf_add(b, clock_http_date(), CLOCK_DATE_LENGTH);
	buf_add_string(b, "\r\n");
	if (a->content_type != NULL)
		add_header(b, "content-type", slice_of(a->content_type));
	if (has_length(a->status))
		add_body_end(b, end, length);
	add_header(b, "cache-control",
		   slice_of(a->cache_control != NULL ? a->cache_control : "no-store"));
	add_header(b, "content-security-policy",
		   slice_of(a->content_security_policy != NULL ? a->content_security_policy
							       : NOTHING_ALLOWED));
	for (unsigned i = 0; i < a->header_count; i++)
		add_header(b, a->headers[i].name, a->headers[i].value);
	buf_add_string(b, SECURITY_HEADERS);
	if (app_program() == PROGRAM_LOOKUP)
		buf_add_string(b, SHARED_HEADERS);
	buf_add_string(b, closes ? CLOSE_HEADER "\r\n" : "\r\n");
}

static struct blob *blob_new(size_t length)
{
	struct blob *b = malloc(sizeof(*b) + length);

	if (b != NULL)
		*b = (struct blob){ .references = 1, .length = length };
	return b;
}

struct blob *blob_build(const struct answer *a)
{
	struct slice body = has_length(a->status) ? a->body : (struct slice){ NULL, 0 };
	struct blob *blob = NULL;
	struct buf head;

	buf_init(&head, ANSWER_MAXIMUM);
	(void)buf_reserve(&head, HEAD_USUAL); /* or it would grow in steps */
	answer_add_head(&head, a, BODY_HAS_LENGTH, body.length, false);
	if (buf_ok(&head) && body.length < ANSWER_MAXIMUM)
		blob = blob_new(head.length + body.length);
	if (blob != NULL) {
		blob->status = a->status;
		blob->date_at = date_at(a->status);
		blob->head_length = head.length;
		memcpy(blob->data, head.data, head.length);
		if (body.length > 0)
			memcpy(blob->data + head.length, body.data, body.length);
	}
	buf_release(&head);
	return blob;
}

struct blob *blob_ref(struct blob *b)
{
	b->references++;
	return b;
}

void blob_unref(struct blob *b)
{
	if (b != NULL && --b->references == 0)
		free(b);
}

size_t blob_size(const struct blob *b)
{
	return sizeof(*b) + b->length;
}

/* The same answer, or its head alone, with "connection: close" before the blank line. */
static struct blob *closing_copy(const struct blob *b, size_t length)
{
	const size_t extra = sizeof(CLOSE_HEADER) - 1, at = b->head_length - 2;
	struct blob *copy = blob_new(length + extra);

	if (copy == NULL)
		return NULL;
	copy->status = b->status;
	copy->date_at = b->date_at;
	copy->head_length = b->head_length + extra;
	memcpy(copy->data, b->data, at);
	memcpy(copy->data + at, CLOSE_HEADER, extra);
	memcpy(copy->data + at + extra, b->data + at, length - at);
	return copy;
}

/* --- answering ----------------------------------------------------------------------------- */

void respond_blob(struct request *r, struct blob *b)
{
	/* A long body is not copied: many would be, for clients that read slowly. */
	bool whole = b->length <= COPIED_MOST;
	struct blob *closing = NULL;

	memcpy(b->data + b->date_at, clock_http_date(), CLOCK_DATE_LENGTH);
	if (conn_closes(r))
		closing = closing_copy(b, whole ? b->length : b->head_length);
	if (closing == NULL)
		conn_send(r, b, NULL);
	else
		conn_send(r, closing, whole ? NULL : b);
	blob_unref(closing);
}

/* When there is no memory for an answer, this one is there already. */
static struct blob *last_resort(void)
{
	static struct blob *kept;
	static const struct answer busy = { .status = 503 };

	if (kept == NULL)
		kept = blob_build(&busy);
	if (kept == NULL)
		abort();
	return kept;
}

void respond(struct request *r, const struct answer *a)
{
	struct blob *b = blob_build(a);

	respond_blob(r, b != NULL ? b : last_resort());
	blob_unref(b);
}

static void send_problem(struct request *r, struct answer *a, enum message message,
			 const char *title, const char *detail)
{
	struct buf b;

	buf_init(&b, PROBLEM_MAXIMUM);
	buf_add_string(&b, "{\"type\":\"about:blank\",\"title\":");
	json_add_text(&b, slice_of(title));
	buf_add_format(&b, ",\"status\":%d", a->status);
	if (detail != NULL) {
		buf_add_string(&b, ",\"detail\":");
		json_add_text(&b, slice_of(detail));
	}
	if (app_program() == PROGRAM_CONSOLE)
		buf_add_format(&b, ",\"code\":\"%s\"", message_code(message));
	buf_add_format(&b, ",\"instance\":\"urn:suyuan:request:%016llx\"}\n",
		       (unsigned long long)r->id);
	a->content_type = "application/problem+json";
	a->body = buf_slice(&b);
	respond(r, a);
	buf_release(&b);
}

void respond_problem_with(struct request *r, struct answer *a, const char *title,
			  const char *detail)
{
	send_problem(r, a, message_of_status(a->status), title, detail);
}

void respond_message_with(struct request *r, struct answer *a, enum message message)
{
	send_problem(r, a, message, status_text(a->status), message_words(message_code(message)));
}

static void add_retry_after(struct answer *a)
{
	if (a->status == 503)
		answer_add_header(a, "retry-after", S("5"));
}

void respond_problem(struct request *r, int status, const char *title, const char *detail)
{
	struct answer a = { .status = status };

	add_retry_after(&a);
	respond_problem_with(r, &a, title, detail);
}

void respond_message(struct request *r, int status, enum message message)
{
	struct answer a = { .status = status };

	add_retry_after(&a);
	respond_message_with(r, &a, message);
}

void respond_problem_format(struct request *r, int status, const char *title, const char *detail,
			    ...)
{
	char room[DETAIL_MAXIMUM + 1];
	struct slice cut;
	va_list args;

	va_start(args, detail);
	(void)vsnprintf(room, sizeof(room), detail, args);
	va_end(args);
	cut = utf8_prefix(slice_of(room), DETAIL_MAXIMUM);
	room[cut.length] = '\0';
	respond_problem(r, status, title, room);
}
