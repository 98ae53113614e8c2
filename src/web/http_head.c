/* Reads the head of a request. */
#include "web/http_head.h"

#include <strings.h>

static const struct {
	int status;
	const char *text;
} errors[] = {
	[HEAD_COMPLETE] = { 200, "" },
	[HEAD_INCOMPLETE] = { 408, "" },
#define HEAD_ERROR(name, status, text) [name] = { status, text },
#include "web/http_head.def"
#undef HEAD_ERROR
};

int head_status(enum head_result r)
{
	return errors[r].status;
}

const char *head_explanation(enum head_result r)
{
	return errors[r].text;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110, 5.6.2 */
static bool is_token(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (!is_alnum(s.data[i]) &&
		    (s.data[i] == '\0' || strchr("!#$%&'*+-.^_`|~", s.data[i]) == NULL))
			return false;
	return s.length > 0;
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Takes one line off `*rest`; its CR LF must be there. */
static struct slice take_line(struct slice *rest)
{
	size_t end = slice_find(*rest, '\n');
	struct slice line = { rest->data, end - 1 };

	*rest = slice_from(*rest, end + 1);
	return line;
}

/*
 * Bytes up to and including the blank line, 0 when it is not there yet. A LF without CR is
 * refused as soon as it is seen: some readers end a line there and some do not.
 */
static enum head_result find_end(struct slice bytes, size_t *ret_end)
{
	size_t at = 0, line = 0;

	for (;;) {
		size_t step = slice_find(slice_from(bytes, at), '\n');

		at += step;
		if (at == bytes.length)
			return HEAD_INCOMPLETE;
		if (at == line || bytes.data[at - 1] != '\r')
			return HEAD_BARE_LF;
		at++;
		if (at - line == 2) {
			*ret_end = at;
			return HEAD_COMPLETE;
		}
		line = at;
	}
}

static enum head_result parse_method(struct slice text, enum method *ret_method)
{
	static const struct {
		struct slice name;
		enum method method;
	} known[] = {
		{ SLICE("GET"), METHOD_GET },	      { SLICE("HEAD"), METHOD_HEAD },
		{ SLICE("POST"), METHOD_POST },	      { SLICE("PUT"), METHOD_PUT },
		{ SLICE("PATCH"), METHOD_PATCH },     { SLICE("DELETE"), METHOD_DELETE },
		{ SLICE("OPTIONS"), METHOD_OPTIONS },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (slice_equal(text, known[i].name)) {
			*ret_method = known[i].method;
			return HEAD_COMPLETE;
		}
	}
	return is_token(text) ? HEAD_UNKNOWN_METHOD : HEAD_BAD_REQUEST_LINE;
}

/* RFC 9112, 2.3 */
static bool is_version(struct slice s)
{
	return s.length == strlen("HTTP/1.1") && slice_starts(s, S("HTTP/")) &&
	       is_digit(s.data[5]) && s.data[6] == '.' && is_digit(s.data[7]);
}

static enum head_result parse_version(struct slice text, struct http_head *h)
{
	if (slice_equal(text, S("HTTP/1.1")))
		return HEAD_COMPLETE;
	if (slice_equal(text, S("HTTP/1.0"))) {
		h->is_http_1_0 = true;
		h->close = true;
		return HEAD_COMPLETE;
	}
	return is_version(text) ? HEAD_BAD_VERSION : HEAD_BAD_REQUEST_LINE;
}

/* A registered name, an IPv4 address or a bracketed IPv6 one, with or without a port. */
static enum head_result parse_host(struct slice text, struct slice *ret_host)
{
	size_t end = 0;

	if (text.length > 0 && text.data[0] == '[') {
		end = slice_find(text, ']') + 1;
		if (end > text.length)
			return HEAD_BAD_HOST;
		for (size_t i = 1; i + 1 < end; i++)
			if (!is_alnum(text.data[i]) && text.data[i] != ':' && text.data[i] != '.')
				return HEAD_BAD_HOST;
	} else {
		while (end < text.length && (is_alnum(text.data[end]) || text.data[end] == '-' ||
					     text.data[end] == '.' || text.data[end] == '_'))
			end++;
	}
	if (end == 0 || end > 255)
		return HEAD_BAD_HOST;
	if (end < text.length && text.data[end] != ':')
		return HEAD_BAD_HOST;
	for (size_t i = end + 1; i < text.length; i++)
		if (!is_digit(text.data[i]))
			return HEAD_BAD_HOST;
	*ret_host = (struct slice){ text.data, end };
	return HEAD_COMPLETE;
}

/* RFC 9112, 3.2: "/path?query", "*", or "https://host/path?query", whose host wins. */
static enum head_result parse_target(struct slice target, struct http_head *h)
{
	static const struct slice schemes[] = { SLICE("http://"), SLICE("https://") };
	size_t question;

	for (size_t i = 0; i < target.length; i++)
		if (is_control(target.data[i]) || target.data[i] == '#')
			return HEAD_BAD_TARGET;
	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		size_t end;

		if (target.length <= schemes[i].length ||
		    strncasecmp(target.data, schemes[i].data, schemes[i].length) != 0)
			continue;
		target = slice_from(target, schemes[i].length);
		for (end = 0;
		     end < target.length && target.data[end] != '/' && target.data[end] != '?';)
			end++;
		if (parse_host((struct slice){ target.data, end }, &h->host) != HEAD_COMPLETE)
			return HEAD_BAD_HOST;
		target = slice_from(target, end);
		if (target.length == 0)
			target = S("/");
		break;
	}
	question = slice_find(target, '?');
	h->path = (struct slice){ target.data, question };
	if (question < target.length)
		h->query = slice_from(target, question + 1);
	if (h->path.length > 0 && h->path.data[0] == '/')
		return HEAD_COMPLETE;
	if (slice_equal(target, S("*")) && h->method == METHOD_OPTIONS)
		return HEAD_COMPLETE;
	return HEAD_BAD_TARGET;
}

static enum head_result parse_request_line(struct slice line, struct http_head *h)
{
	struct slice rest = line, method, target;
	enum head_result result;

	if (!slice_cut(&rest, ' ', &method) || rest.data == NULL)
		return HEAD_BAD_REQUEST_LINE;
	if (!slice_cut(&rest, ' ', &target) || rest.data == NULL)
		return HEAD_BAD_REQUEST_LINE;
	if (slice_find(rest, ' ') < rest.length)
		return HEAD_BAD_REQUEST_LINE;
	result = parse_version(rest, h);
	if (result == HEAD_COMPLETE)
		result = parse_method(method, &h->method);
	if (result != HEAD_COMPLETE)
		return result;
	if (target.length > TARGET_MAXIMUM)
		return HEAD_TARGET_TOO_LONG;
	return parse_target(target, h);
}

static enum head_result parse_field(struct slice line, struct http_field *ret_field)
{
	size_t colon = slice_find(line, ':');

	if (line.data[0] == ' ' || line.data[0] == '\t')
		return HEAD_FOLDED_FIELD;
	if (colon == line.length)
		return HEAD_BAD_FIELD;
	ret_field->name = (struct slice){ line.data, colon };
	if (!is_token(ret_field->name))
		return HEAD_BAD_FIELD;
	for (size_t i = colon + 1; i < line.length; i++)
		if (is_control(line.data[i]) && line.data[i] != '\t')
			return HEAD_BAD_VALUE;
	ret_field->value = slice_trim(slice_from(line, colon + 1));
	return HEAD_COMPLETE;
}

static bool list_has(struct slice list, struct slice word)
{
	struct slice part;

	while (slice_cut(&list, ',', &part))
		if (slice_equal_nocase(slice_trim(part), word))
			return true;
	return false;
}

/* What the fields say about the message itself. */
struct framing {
	bool host, length, coding;
};

static enum head_result note_host(struct http_head *h, struct framing *f, struct slice value)
{
	struct slice host;
	enum head_result result = parse_host(value, &host);

	if (f->host)
		return HEAD_TWO_HOSTS;
	f->host = true;
	if (result == HEAD_COMPLETE && h->host.data == NULL)
		h->host = host;
	return result;
}

static enum head_result note_length(struct http_head *h, struct framing *f, struct slice value)
{
	if (f->length)
		return HEAD_TWO_LENGTHS;
	f->length = true;
	return slice_to_u64(value, &h->body_length) ? HEAD_COMPLETE : HEAD_BAD_LENGTH;
}

static enum head_result note_expectation(struct http_head *h, struct slice value)
{
	if (!slice_equal_nocase(value, S("100-continue")))
		return HEAD_BAD_EXPECTATION;
	h->expect_continue = !h->is_http_1_0;
	return HEAD_COMPLETE;
}

static enum head_result note_field(struct http_head *h, struct framing *f, struct http_field field)
{
	if (slice_equal_nocase(field.name, S("host")))
		return note_host(h, f, field.value);
	if (slice_equal_nocase(field.name, S("content-length")))
		return note_length(h, f, field.value);
	if (slice_equal_nocase(field.name, S("expect")))
		return note_expectation(h, field.value);
	if (slice_equal_nocase(field.name, S("transfer-encoding")))
		f->coding = true;
	if (slice_equal_nocase(field.name, S("connection")) && list_has(field.value, S("close")))
		h->close = true;
	return HEAD_COMPLETE;
}

static struct http_place place_of(const struct http_head *h, const struct http_field *f)
{
	/* HEAD_MAXIMUM fits. An empty value may point nowhere. */
	return (struct http_place){
		.name = (uint16_t)(f->name.data - h->bytes),
		.name_length = (uint16_t)f->name.length,
		.value = f->value.length == 0 ? 0 : (uint16_t)(f->value.data - h->bytes),
		.value_length = (uint16_t)f->value.length,
	};
}

struct http_field http_head_at(const struct http_head *h, unsigned i)
{
	const struct http_place *p = &h->places[i];

	return (struct http_field){ { h->bytes + p->name, p->name_length },
				    { h->bytes + p->value, p->value_length } };
}

static enum head_result parse_fields(struct slice rest, struct http_head *h, struct framing *f)
{
	while (rest.length > 0) {
		struct slice line = take_line(&rest);
		struct http_field field;
		enum head_result result;

		if (line.length == 0)
			break;
		if (h->field_count == HEAD_FIELDS)
			return HEAD_TOO_MANY_FIELDS;
		result = parse_field(line, &field);
		if (result == HEAD_COMPLETE)
			result = note_field(h, f, field);
		if (result != HEAD_COMPLETE)
			return result;
		h->places[h->field_count++] = place_of(h, &field);
	}
	return HEAD_COMPLETE;
}

/* Does everybody agree where this request ends? */
static enum head_result check_framing(const struct http_head *h, const struct framing *f)
{
	const unsigned with_body = METHOD_POST | METHOD_PUT | METHOD_PATCH;

	if (!f->host && !h->is_http_1_0)
		return HEAD_NO_HOST;
	if (f->coding)
		return f->length ? HEAD_LENGTH_AND_CODING : HEAD_CODING;
	if ((h->method & with_body) == 0)
		return h->body_length > 0 ? HEAD_UNWANTED_BODY : HEAD_COMPLETE;
	return f->length ? HEAD_COMPLETE : HEAD_NO_LENGTH;
}

/* A head that does not fit: it is the target when not even the first line has ended. */
static enum head_result too_large(struct slice bytes)
{
	if (bytes.length == 0 || slice_find(bytes, '\n') < bytes.length)
		return HEAD_TOO_LARGE;
	return HEAD_TARGET_TOO_LONG;
}

enum head_result http_head_parse(struct slice bytes, struct http_head *ret_head)
{
	struct http_head h = { .length = 0 };
	struct framing framing = { false, false, false };
	size_t skipped = 0, end;
	enum head_result result;
	struct slice rest;

	if (bytes.length > HEAD_MAXIMUM)
		bytes.length = HEAD_MAXIMUM;
	/* RFC 9112, 2.2: empty lines before a request are ignored. */
	while (slice_starts(slice_from(bytes, skipped), S("\r\n")))
		skipped += 2;
	rest = slice_from(bytes, skipped);
	result = find_end(rest, &end);
	if (result == HEAD_INCOMPLETE && bytes.length == HEAD_MAXIMUM)
		return too_large(rest);
	if (result != HEAD_COMPLETE)
		return result;

	h.bytes = bytes.data;
	h.length = skipped + end;
	rest.length = end;
	result = parse_request_line(take_line(&rest), &h);
	if (result == HEAD_COMPLETE)
		result = parse_fields(rest, &h, &framing);
	if (result == HEAD_COMPLETE)
		result = check_framing(&h, &framing);
	if (result == HEAD_COMPLETE)
		*ret_head = h;
	return result;
}

struct slice http_head_field(const struct http_head *h, struct slice name)
{
	for (unsigned i = 0; i < h->field_count; i++)
		if (h->places[i].name_length == name.length &&
		    slice_equal_nocase(http_head_at(h, i).name, name))
			return http_head_at(h, i).value;
	return (struct slice){ NULL, 0 };
}
