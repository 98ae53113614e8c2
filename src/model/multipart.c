/* Cuts a form at its boundary, and reads what its parts say of themselves. */
#include "model/multipart.h"

#include <string.h>

const char *multipart_reason(enum multipart_result result)
{
	static const char *const reasons[] = {
		[MULTIPART_OK] = "it is a form",
		[MULTIPART_NO_FORM] = "it is not multipart/form-data with a boundary",
		[MULTIPART_NO_DELIMITER] = "the boundary does not begin or does not end it",
		[MULTIPART_BAD_DELIMITER] = "a line begins with the boundary and goes on otherwise",
		[MULTIPART_BAD_HEADER] = "a part has no well-formed header with its name",
		[MULTIPART_BAD_ENCODING] = "a part has a Content-Transfer-Encoding",
		[MULTIPART_TOO_MANY] = "it has too many parts",
	};

	return reasons[result];
}

/* --- values with parameters --------------------------------------------------------------------
 */

/* RFC 9110, 5.6.2. */
static bool is_token_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static struct slice skip_blanks(struct slice s)
{
	while (s.length > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
		s = slice_from(s, 1);
	return s;
}

static struct slice take_token(struct slice *rest)
{
	struct slice token = { rest->data, 0 };

	while (token.length < rest->length && is_token_byte(rest->data[token.length]))
		token.length++;
	*rest = slice_from(*rest, token.length);
	return token;
}

/*
 * What stands between the quotes, where a backslash takes the next byte along; browsers write %22
 * for a quote, and nothing is decoded. False: it does not end.
 */
static bool take_quoted(struct slice *rest, struct slice *ret_value)
{
	struct slice s = slice_from(*rest, 1);

	for (size_t i = 0; i < s.length; i++) {
		if (s.data[i] == '"') {
			*ret_value = (struct slice){ s.data, i };
			*rest = slice_from(s, i + 1);
			return true;
		}
		if (s.data[i] == '\\')
			i++;
	}
	return false;
}

/* "; name=value" off the rest. False: there is none, and *ret_good whether that is the end. */
static bool take_parameter(struct slice *rest, struct slice *ret_name, struct slice *ret_value,
			   bool *ret_good)
{
	struct slice s = skip_blanks(*rest);

	*ret_good = s.length == 0;
	if (s.length == 0 || s.data[0] != ';')
		return false;
	s = skip_blanks(slice_from(s, 1));
	*ret_name = take_token(&s);
	if (ret_name->length == 0 || s.length == 0 || s.data[0] != '=')
		return false;
	s = slice_from(s, 1);
	if (s.length > 0 && s.data[0] == '"') {
		if (!take_quoted(&s, ret_value))
			return false;
	} else {
		*ret_value = take_token(&s);
		if (ret_value->length == 0)
			return false;
	}
	*rest = s;
	return true;
}

/* The value of a parameter that stands there once; the others may be what they are. */
static bool find_parameter(struct slice parameters, struct slice wanted, struct slice *ret_value)
{
	struct slice name, value;
	bool found = false, good;

	while (take_parameter(&parameters, &name, &value, &good)) {
		if (!slice_equal_nocase(name, wanted))
			continue;
		if (found)
			return false;
		found = true;
		*ret_value = value;
	}
	return good && found;
}

static bool is_boundary(struct slice b)
{
	if (b.length == 0 || b.length > MULTIPART_BOUNDARY_MOST || b.data[b.length - 1] == ' ')
		return false;
	for (size_t i = 0; i < b.length; i++) {
		char c = b.data[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
		    (c == '\0' || strchr("'()+_,-./:=? ", c) == NULL))
			return false;
	}
	return true;
}

enum multipart_result multipart_boundary(struct slice content_type, struct slice *ret_boundary)
{
	static const struct slice wanted = SLICE("multipart/form-data");
	struct slice value;

	content_type = slice_trim(content_type);
	if (content_type.length < wanted.length ||
	    !slice_equal_nocase((struct slice){ content_type.data, wanted.length }, wanted) ||
	    !find_parameter(slice_from(content_type, wanted.length), S("boundary"), &value) ||
	    !is_boundary(value))
		return MULTIPART_NO_FORM;
	*ret_boundary = value;
	return MULTIPART_OK;
}

/* --- header lines ------------------------------------------------------------------------------
 */

static bool is_header_text(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (((unsigned char)s.data[i] < 0x20 && s.data[i] != '\t') || s.data[i] == 0x7f)
			return false;
	return true;
}

static bool is_plain_encoding(struct slice value)
{
	return slice_equal_nocase(value, S("7bit")) || slice_equal_nocase(value, S("8bit")) ||
	       slice_equal_nocase(value, S("binary"));
}

static bool read_disposition(struct slice value, struct slice *ret_name)
{
	struct slice kind = take_token(&value);

	return slice_equal_nocase(kind, S("form-data")) &&
	       find_parameter(value, S("name"), ret_name);
}

struct part_head {
	struct multipart_part *part;
	bool disposed; /* its Content-Disposition was read */
};

static enum multipart_result take_header(struct part_head *h, struct slice line)
{
	struct slice name = take_token(&line), value;

	if (name.length == 0 || line.length == 0 || line.data[0] != ':' || !is_header_text(line))
		return MULTIPART_BAD_HEADER;
	value = slice_trim(slice_from(line, 1));
	if (slice_equal_nocase(name, S("content-disposition"))) {
		if (h->disposed || !read_disposition(value, &h->part->name))
			return MULTIPART_BAD_HEADER;
		h->disposed = true;
	} else if (slice_equal_nocase(name, S("content-type"))) {
		h->part->content_type = value;
	} else if (slice_equal_nocase(name, S("content-transfer-encoding")) &&
		   !is_plain_encoding(value)) {
		return MULTIPART_BAD_ENCODING;
	}
	return MULTIPART_OK;
}

/* Where CRLF is, or s.length. */
static size_t find_line_end(struct slice s)
{
	const char *at = s.length == 0 ? NULL : memmem(s.data, s.length, "\r\n", 2);

	return at == NULL ? s.length : (size_t)(at - s.data);
}

/* The header lines and the empty one behind them, off the rest. */
static enum multipart_result take_head(struct slice *rest, struct multipart_part *part)
{
	struct part_head h = { .part = part };
	size_t used = 0;

	*part = (struct multipart_part){ .name = { NULL, 0 } };
	for (;;) {
		struct slice left = { rest->data, rest->length < MULTIPART_HEAD_MOST - used
						      ? rest->length
						      : MULTIPART_HEAD_MOST - used };
		size_t length = find_line_end(left);
		enum multipart_result result;

		if (length == left.length)
			return MULTIPART_BAD_HEADER;
		*rest = slice_from(*rest, length + 2);
		if (length == 0)
			return h.disposed ? MULTIPART_OK : MULTIPART_BAD_HEADER;
		result = take_header(&h, (struct slice){ left.data, length });
		if (result != MULTIPART_OK)
			return result;
		used += length + 2;
	}
}

/* --- delimiters --------------------------------------------------------------------------------
 */

/* CRLF, two dashes and the boundary. */
struct delimiter {
	char text[4 + MULTIPART_BOUNDARY_MOST];
	size_t length;
};

/* Where it stands, CRLF included; s.length: nowhere. */
static size_t find_delimiter(struct slice s, const struct delimiter *d)
{
	const char *at = s.length == 0 ? NULL : memmem(s.data, s.length, d->text, d->length);

	return at == NULL ? s.length : (size_t)(at - s.data);
}

/* The rest of a delimiter's line, behind the boundary. */
static enum multipart_result end_delimiter(struct slice *rest, bool *ret_last)
{
	struct slice s = *rest;

	*ret_last = slice_starts(s, S("--"));
	s = skip_blanks(slice_from(s, *ret_last ? 2 : 0));
	if (*ret_last && s.length == 0) {
		*rest = s;
		return MULTIPART_OK;
	}
	if (!slice_starts(s, S("\r\n")))
		return MULTIPART_BAD_DELIMITER;
	*rest = slice_from(s, 2);
	return MULTIPART_OK;
}

/* What stands before the first delimiter is of no interest (RFC 2046, 5.1.1). */
static bool skip_preamble(struct slice *rest, const struct delimiter *d)
{
	const struct slice first = { d->text + 2, d->length - 2 };
	size_t at;

	if (slice_starts(*rest, first)) {
		*rest = slice_from(*rest, first.length);
		return true;
	}
	at = find_delimiter(*rest, d);
	if (at == rest->length)
		return false;
	*rest = slice_from(*rest, at + d->length);
	return true;
}

/* One part and the delimiter behind it. */
static enum multipart_result take_part(struct slice *rest, const struct delimiter *d,
				       struct multipart_part *part, bool *ret_last)
{
	enum multipart_result result = take_head(rest, part);
	size_t length;

	if (result != MULTIPART_OK)
		return result;
	length = find_delimiter(*rest, d);
	if (length == rest->length)
		return MULTIPART_NO_DELIMITER;
	part->body = (struct slice){ rest->data, length };
	*rest = slice_from(*rest, length + d->length);
	return end_delimiter(rest, ret_last);
}

enum multipart_result multipart_read(struct slice body, struct slice boundary,
				     struct multipart_part *ret_parts, unsigned *ret_count)
{
	struct delimiter d = { .text = "\r\n--", .length = 4 + boundary.length };
	enum multipart_result result;
	unsigned count = 0;
	bool last;

	if (!is_boundary(boundary))
		return MULTIPART_NO_FORM;
	memcpy(d.text + 4, boundary.data, boundary.length);
	if (!skip_preamble(&body, &d))
		return MULTIPART_NO_DELIMITER;
	result = end_delimiter(&body, &last);
	while (result == MULTIPART_OK && !last) {
		if (count == MULTIPART_PARTS_MOST)
			return MULTIPART_TOO_MANY;
		result = take_part(&body, &d, &ret_parts[count++], &last);
	}
	*ret_count = count;
	return result;
}
