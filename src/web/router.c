/* Cuts and decodes a path, and finds its route. */
#include "web/router.h"

#include "base/hex.h"
#include "base/utf8.h"

enum { SEGMENTS = 64 };

/* --- decoding ------------------------------------------------------------------------------ */

/* One byte of `raw` at *at, which is moved on. */
static enum route_result decode_byte(struct slice raw, size_t *at, char *ret_byte)
{
	int high, low;

	if (raw.data[*at] != '%') {
		*ret_byte = raw.data[(*at)++];
		return ROUTE_FOUND;
	}
	if (raw.length - *at < 3)
		return ROUTE_BAD_ESCAPE;
	high = hex_value(raw.data[*at + 1]);
	low = hex_value(raw.data[*at + 2]);
	if (high < 0 || low < 0)
		return ROUTE_BAD_ESCAPE;
	*at += 3;
	*ret_byte = (char)(high * 16 + low);
	return *ret_byte == '\0' ? ROUTE_BAD_NUL : ROUTE_FOUND;
}

/* Nothing to decode: the bytes can be used where they are. */
static bool is_plain(struct slice raw, bool plus)
{
	return slice_find(raw, '%') == raw.length && !(plus && slice_find(raw, '+') < raw.length);
}

enum route_result percent_decode(struct arena *a, struct slice raw, bool plus,
				 struct slice *ret_text)
{
	struct slice text = { NULL, 0 };
	size_t at = 0;
	char *to;

	if (is_plain(raw, plus)) {
		if (!utf8_valid(raw))
			return ROUTE_BAD_UTF8;
		*ret_text = raw;
		return ROUTE_FOUND;
	}
	to = arena_alloc(a, raw.length + 1);
	if (to == NULL)
		return ROUTE_OUT_OF_MEMORY;
	text.data = to;
	while (at < raw.length) {
		bool blank = plus && raw.data[at] == '+';
		enum route_result result = decode_byte(raw, &at, &to[text.length]);

		if (result != ROUTE_FOUND)
			return result;
		if (blank)
			to[text.length] = ' ';
		text.length++;
	}
	if (!utf8_valid(text))
		return ROUTE_BAD_UTF8;
	*ret_text = text;
	return ROUTE_FOUND;
}

/* --- the path ------------------------------------------------------------------------------ */

struct path {
	struct slice raw[SEGMENTS];  /* as received, from this segment to its end */
	struct slice text[SEGMENTS]; /* decoded */
	struct slice whole;
	unsigned count;
};

static bool is_dots(struct slice segment)
{
	return slice_equal(segment, S(".")) || slice_equal(segment, S(".."));
}

/* More segments than SEGMENTS are checked like the others, but fit no named segment. */
static enum route_result cut_path(struct arena *a, struct slice raw, struct path *path)
{
	struct slice rest = slice_from(raw, 1), segment, text;

	path->whole = raw;
	path->count = 0;
	while (slice_cut(&rest, '/', &segment)) {
		enum route_result result = percent_decode(a, segment, false, &text);

		if (result != ROUTE_FOUND)
			return result;
		if (is_dots(text))
			return ROUTE_BAD_DOTS;
		if (path->count < SEGMENTS) {
			path->raw[path->count] = segment;
			path->text[path->count] = text;
		}
		path->count++;
	}
	return ROUTE_FOUND;
}

/* The raw path from segment `i` on, without the slash before it. */
static struct slice raw_rest(const struct path *path, unsigned i)
{
	if (i >= path->count)
		return S("");
	return slice_from(path->whole, (size_t)(path->raw[i].data - path->whole.data));
}

static bool fits(const struct route *route, const struct path *path, struct request *r)
{
	struct slice pattern = slice_of(route->pattern + 1), part;
	unsigned i = 0;

	r->capture_count = 0;
	while (slice_cut(&pattern, '/', &part)) {
		if (slice_ends(part, S("...}"))) {
			if (i > SEGMENTS)
				return false;
			r->captures[r->capture_count++] = raw_rest(path, i);
			return true;
		}
		if (i >= path->count || i >= SEGMENTS)
			return false;
		if (part.length > 0 && part.data[0] == '{')
			r->captures[r->capture_count++] = path->text[i];
		else if (!slice_equal(part, path->text[i]))
			return false;
		i++;
	}
	return i == path->count;
}

enum route_result route_find(const struct route *routes, size_t count, unsigned program,
			     struct request *r, unsigned *ret_allowed)
{
	unsigned asked = r->method == METHOD_HEAD ? METHOD_GET : r->method;
	unsigned allowed = 0;
	enum route_result result;
	struct path path;

	if (slice_equal(r->path, S("*"))) {
		*ret_allowed = METHOD_GET | METHOD_POST;
		return ROUTE_OPTIONS;
	}
	result = cut_path(&r->arena, r->path, &path);
	if (result != ROUTE_FOUND)
		return result;
	for (size_t i = 0; i < count; i++) {
		if ((routes[i].programs & program) == 0 || !fits(&routes[i], &path, r))
			continue;
		if (routes[i].methods & asked) {
			r->route = &routes[i];
			return ROUTE_FOUND;
		}
		allowed |= routes[i].methods;
	}
	r->capture_count = 0;
	if (allowed == 0)
		return ROUTE_NOT_FOUND;
	*ret_allowed = allowed;
	return r->method == METHOD_OPTIONS ? ROUTE_OPTIONS : ROUTE_METHOD_NOT_ALLOWED;
}

/* --- methods ------------------------------------------------------------------------------- */

static const struct {
	enum method method;
	const char *name;
} methods[] = {
	{ METHOD_GET, "GET" },	       { METHOD_HEAD, "HEAD" },	  { METHOD_POST, "POST" },
	{ METHOD_PUT, "PUT" },	       { METHOD_PATCH, "PATCH" }, { METHOD_DELETE, "DELETE" },
	{ METHOD_OPTIONS, "OPTIONS" },
};

const char *method_name(enum method m)
{
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		if (methods[i].method == m)
			return methods[i].name;
	return "-";
}

void methods_print(unsigned allowed, char *room, size_t size)
{
	size_t used = 0;

	allowed |= METHOD_OPTIONS | (allowed & METHOD_GET ? METHOD_HEAD : 0u);
	room[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		if ((allowed & methods[i].method) == 0)
			continue;
		used += (size_t)snprintf(room + used, size - used, "%s%s", used == 0 ? "" : ", ",
					 methods[i].name);
		if (used >= size)
			return;
	}
}
