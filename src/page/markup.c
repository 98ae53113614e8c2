/* Printing into HTML and JSON, each piece escaped by where it stands. */
#include "page/markup.h"

#include <assert.h>

/* --- HTML --------------------------------------------------------------------------------------
 */

static void print_html(struct buf *out, struct slice s)
{
	static const char special[] = "&<>\"'";
	static const struct slice entities[] = { SLICE("&amp;"), SLICE("&lt;"), SLICE("&gt;"),
						 SLICE("&quot;"), SLICE("&#39;") };
	size_t start = 0;

	if (s.length == 0)
		return;
	for (size_t i = 0; i < s.length; i++) {
		unsigned char c = (unsigned char)s.data[i];
		const char *at = c > '>' || c == '\0' ? NULL : strchr(special, c);
		bool control = (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;

		if (at == NULL && !control)
			continue;
		buf_add(out, s.data + start, i - start);
		if (at != NULL)
			buf_add_slice(out, entities[at - special]);
		else
			buf_add_string(out, "\xef\xbf\xbd"); /* U+FFFD */
		start = i + 1;
	}
	buf_add(out, s.data + start, s.length - start);
}

/* U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069, behind their first byte 0xe2. */
static bool is_direction_mark(unsigned char second, unsigned char third)
{
	if (second == 0x80)
		return third == 0x8e || third == 0x8f || (third >= 0xaa && third <= 0xae);
	return second == 0x81 && third >= 0xa6 && third <= 0xa9;
}

/*
 * Whether a text may hold a character of a right-to-left script (U+0590 to U+08FF, U+FB1D to
 * U+FEFF, U+10000 to U+1EFFF) or a direction mark. A few that read from left to right are taken
 * along.
 */
static bool may_turn(struct slice s)
{
	for (size_t i = 0; i + 1 < s.length; i++) {
		unsigned char c = (unsigned char)s.data[i], next = (unsigned char)s.data[i + 1];

		unsigned char third = i + 2 < s.length ? (unsigned char)s.data[i + 2] : 0;

		if ((c >= 0xd6 && c <= 0xdf) || (c == 0xe0 && next < 0xa4) ||
		    (c == 0xe2 && is_direction_mark(next, third)) ||
		    (c == 0xef && next >= 0xac && next <= 0xbb) || (c == 0xf0 && next < 0x9f))
			return true;
	}
	return false;
}

/* --- links -------------------------------------------------------------------------------------
 */

bool url_allowed(struct slice url)
{
	static const struct slice schemes[] = { SLICE("https:"), SLICE("http:"), SLICE("mailto:"),
						SLICE("tel:") };

	for (size_t i = 0; i < url.length; i++)
		if ((unsigned char)url.data[i] <= ' ' || url.data[i] == '\\')
			return false;
	if (url.length > 0 && url.data[0] == '/')
		return url.length == 1 || url.data[1] != '/';
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (url.length > schemes[i].length &&
		    slice_equal_nocase((struct slice){ url.data, schemes[i].length }, schemes[i]))
			return true;
	return false;
}

static bool is_letter_or_digit(unsigned char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Percent-encodes all but letters, digits and the bytes of `keep` (RFC 3986 section 2). */
static void print_percent(struct buf *out, struct slice s, const char *keep)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t start = 0;

	for (size_t i = 0; i < s.length; i++) {
		unsigned char c = (unsigned char)s.data[i];
		const char code[] = { '%', digits[c >> 4], digits[c & 15] };

		if (is_letter_or_digit(c) || (c < 0x80 && c > ' ' && strchr(keep, c) != NULL))
			continue;
		buf_add(out, s.data + start, i - start);
		buf_add(out, code, sizeof(code));
		start = i + 1;
	}
	buf_add(out, s.data + start, s.length - start);
}

static void print_url(struct buf *out, struct slice url)
{
	struct slice piece;

	if (!url_allowed(url)) {
		buf_add_char(out, '#');
		return;
	}
	/* only '&' of what may stay in a link means something in HTML */
	while (slice_cut(&url, '&', &piece)) {
		print_percent(out, piece, "-._~:/?#[]@!$()*+,;=%");
		if (url.data != NULL)
			buf_add_string(out, "&amp;");
	}
}

/* --- JSON --------------------------------------------------------------------------------------
 */

/* RFC 8259 section 7; '<', '>', '&' too, so that no "</script>" can stand in a data block. */
static void print_json(struct buf *out, struct slice s)
{
	size_t start = 0;

	if (s.length == 0) {
		buf_add_string(out, "\"\"");
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.length; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' &&
		    c != 0x7f)
			continue;
		buf_add(out, s.data + start, i - start);
		if (c == '"' || c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, (char)c);
		} else {
			buf_add_format(out, "\\u%04x", c);
		}
		start = i + 1;
	}
	buf_add(out, s.data + start, s.length - start);
	buf_add_char(out, '"');
}

/* --- what templates call -----------------------------------------------------------------------
 */

void print_words(struct writer *w, enum context context, struct words words)
{
	bool isolate = context == IN_TEXT && (words.lang.length > 0 || may_turn(words.text));

	if (!isolate) {
		print(w, context, words.text);
		return;
	}
	buf_add_string(w->out, "<bdi");
	if (words.lang.length > 0) {
		buf_add_string(w->out, " lang=\"");
		if (!slice_equal(words.lang, S("und")))
			print_html(w->out, words.lang);
		buf_add_char(w->out, '"');
	}
	buf_add_char(w->out, '>');
	print_html(w->out, words.text);
	buf_add_string(w->out, "</bdi>");
}

void print(struct writer *w, enum context context, struct slice s)
{
	switch (context) {
	case IN_PLAIN:
		buf_add_slice(w->out, s);
		break;
	case IN_TEXT:
		if (may_turn(s)) {
			buf_add_string(w->out, "<bdi>");
			print_html(w->out, s);
			buf_add_string(w->out, "</bdi>");
			break;
		}
		print_html(w->out, s);
		break;
	case IN_ATTRIBUTE:
		print_html(w->out, s);
		break;
	case IN_URL:
		print_url(w->out, s);
		break;
	case IN_URL_PART:
		print_percent(w->out, s, "-._~");
		break;
	case IN_JSON:
		print_json(w->out, s);
		break;
	}
}

static bool is_whole(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if ((s.data[i] < '0' || s.data[i] > '9') && !(i == 0 && s.data[i] == '-'))
			return false;
	return true;
}

static void print_groups(struct writer *w, struct slice digits)
{
	struct slice between = text_in(w->language, TEXT_number_group);

	for (size_t i = 0; i < digits.length; i++) {
		if (i > 0 && (digits.length - i) % 3 == 0 && digits.data[i - 1] != '-')
			buf_add_slice(w->out, between);
		buf_add_char(w->out, digits.data[i]);
	}
}

void print_figure(struct writer *w, enum context context, struct slice figure)
{
	if (context == IN_TEXT && is_whole(figure))
		print_groups(w, figure);
	else
		print(w, context, figure);
}

void mark_slot(struct writer *w, unsigned slot)
{
	assert(w->mark_count < MARKS_MAX);
	w->marks[w->mark_count++] = (struct mark){ w->out->length, slot };
}

/* --- texts with values -------------------------------------------------------------------------
 */

static void print_value(struct writer *w, enum context context, const struct text_value *v)
{
	bool isolate = context != IN_TEXT && may_turn(v->words.text);

	if (v->is_number) {
		buf_add_u64(w->out, v->number);
		return;
	}
	if (v->is_figure && is_whole(v->words.text)) {
		print_groups(w, v->words.text);
		return;
	}
	if (isolate)
		buf_add_string(w->out, "\xe2\x81\xa8");
	print_words(w, context, v->words);
	if (isolate)
		buf_add_string(w->out, "\xe2\x81\xa9");
}

static const struct text_value *value_named(const struct text_value *values, size_t count,
					    struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(values[i].name, name))
			return &values[i];
	return NULL;
}

static void fill_text(struct writer *w, enum context context, struct slice pattern,
		      const struct text_value *values, size_t count)
{
	for (;;) {
		size_t open = slice_find(pattern, '{');
		struct slice rest = slice_from(pattern, open);
		size_t close = slice_find(rest, '}');
		const struct text_value *v;

		print(w, context, (struct slice){ pattern.data, open });
		if (close == rest.length)
			return;
		v = value_named(values, count, (struct slice){ rest.data + 1, close - 1 });
		if (v != NULL)
			print_value(w, context, v);
		pattern = slice_from(rest, close + 1);
	}
}

/* A whole JSON string or link part cannot be made of pieces: it is put together first. */
static void fill_whole(struct writer *w, enum context context, struct slice pattern,
		       const struct text_value *values, size_t count)
{
	struct buf together;
	struct writer plain = { .out = &together, .language = w->language };

	buf_init(&together, w->out->maximum);
	fill_text(&plain, IN_PLAIN, pattern, values, count);
	if (!buf_ok(&together))
		w->out->failed = true;
	print(w, context, buf_slice(&together));
	buf_release(&together);
}

void print_text(struct writer *w, enum context context, enum text id,
		const struct text_value *values, size_t count)
{
	const struct text_value *n = value_named(values, count, S("n"));
	struct slice pattern = text_for(w->language, id, n == NULL ? 1 : n->number);

	if (count == 0)
		print(w, context, pattern);
	else if (context == IN_JSON || context == IN_URL_PART)
		fill_whole(w, context, pattern, values, count);
	else
		fill_text(w, context, pattern, values, count);
}
