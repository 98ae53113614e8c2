/* Reads links that were given. */
#include "store/link_given.h"

#include <stdarg.h>

#include "base/buf.h"
#include "model/import_value.h"

enum { TIME_MOST = 64, LIST_MOST = 1000 };

struct reading {
	const json_t *object;
	json_t *row;
	struct link_fault *fault;
};

static bool refuse(struct reading *r, const char *member, const char *format, ...) PRINTF(3, 4);

static bool refuse(struct reading *r, const char *member, const char *format, ...)
{
	va_list args;

	r->fault->member = member;
	va_start(args, format);
	(void)vsnprintf(r->fault->reason, sizeof(r->fault->reason), format, args);
	va_end(args);
	return false;
}

static bool set(struct reading *r, const char *member, json_t *taken)
{
	return json_object_set_new(r->row, member, taken) == 0 ||
	       refuse(r, member, "cannot be kept: out of memory");
}

/* A text; absent, null and "" are empty. */
static bool text_of(struct reading *r, const char *member, struct slice *ret_text)
{
	const json_t *value = json_object_get(r->object, member);

	*ret_text = S("");
	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_string(value))
		return refuse(r, member, "is not a text");
	*ret_text = (struct slice){ json_string_value(value), json_string_length(value) };
	return true;
}

/* --- the members ----------------------------------------------------------------------------- */

static bool read_type(struct reading *r)
{
	struct link_type_text type;
	enum link_type_result result;
	struct slice text;

	if (!text_of(r, "link_type", &text))
		return false;
	result = link_type_read(text, &type);
	if (result != LINK_TYPE_OK)
		return refuse(r, "link_type", "%s", link_type_reason(result));
	if (link_type_is(slice_of(type.text), "defaultLink") ||
	    link_type_is(slice_of(type.text), "defaultLinkMulti"))
		return refuse(
		    r, "link_type",
		    "is what every link can be besides: give its own type and \"default\"");
	return set(r, "link_type", json_string(type.text));
}

static bool read_href(struct reading *r)
{
	struct slice text;

	if (!text_of(r, "href", &text))
		return false;
	if (!link_href_ok(text))
		return refuse(r, "href",
			      "is not a whole http or https address in ASCII of at most %d bytes, "
			      "without a user's name",
			      LINK_HREF_MOST);
	return set(r, "href", json_stringn(text.data, text.length));
}

static bool read_title(struct reading *r)
{
	struct slice text;

	if (!text_of(r, "title", &text))
		return false;
	text = slice_trim(text);
	if (!link_title_ok(text))
		return refuse(r, "title", "is not 1 to %d characters on one line", LINK_TITLE_MOST);
	return set(r, "title", json_stringn(text.data, text.length));
}

/* A list of texts, or one text, as one text. */
static bool join(struct reading *r, const char *member, struct buf *out)
{
	const json_t *value = json_object_get(r->object, member);
	struct slice text;

	if (!json_is_array(value)) {
		if (!text_of(r, member, &text))
			return refuse(r, member, "is neither a list of texts nor a text");
		buf_add_slice(out, text);
		return true;
	}
	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *one = json_array_get(value, i);

		if (!json_is_string(one))
			return refuse(r, member, "is not a list of texts");
		buf_add_string(out, i == 0 ? "" : ",");
		buf_add(out, json_string_value(one), json_string_length(one));
	}
	return true;
}

static bool read_list(struct reading *r, const char *member,
		      bool (*read)(struct slice, struct link_list_text *), const char *what)
{
	struct link_list_text list;
	struct buf text;
	bool ok;

	buf_init(&text, LIST_MOST);
	ok = join(r, member, &text);
	if (ok && (!buf_ok(&text) || !read(buf_slice(&text), &list)))
		ok = refuse(r, member, "is not a list of %s of at most %d bytes", what,
			    LINK_LIST_MOST);
	buf_release(&text);
	return ok && set(r, member, json_string(list.text));
}

static bool read_media_type(struct reading *r)
{
	struct link_media_text media;
	struct slice text;

	if (!text_of(r, "media_type", &text))
		return false;
	if (!link_media_type_read(text, &media))
		return refuse(r, "media_type", "is not a media type such as text/html");
	return set(r, "media_type", json_string(media.text));
}

static bool read_default(struct reading *r)
{
	static const struct {
		struct slice word;
		enum link_role role;
	} words[] = {
		{ SLICE(""), LINK_PLAIN },
		{ SLICE("no"), LINK_PLAIN },
		{ SLICE("one"), LINK_DEFAULT },
		{ SLICE("multi"), LINK_MULTI },
	};
	struct slice text;

	if (!text_of(r, "default", &text))
		return false;
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(text, words[i].word))
			return set(r, "role", json_string(link_role_name(words[i].role)));
	return refuse(r, "default", "is neither \"no\" nor \"one\" nor \"multi\"");
}

/* Absent: yes. Files can only say it in words. */
static bool read_flag(struct reading *r, const char *member)
{
	const json_t *value = json_object_get(r->object, member);
	const char *word = json_string_value(value);

	if (value == NULL || json_is_null(value) || json_is_true(value) ||
	    (word != NULL && (*word == '\0' || strcmp(word, "yes") == 0)))
		return set(r, member, json_true());
	if (json_is_false(value) || (word != NULL && strcmp(word, "no") == 0))
		return set(r, member, json_false());
	return refuse(r, member, "is neither true nor false");
}

/* A day is as near as its midnight must be, UTC: the last there is has no end in every zone. */
static enum value_result time_of(struct slice text, bool is_day, struct buf *out)
{
	static const struct value_format format = { .decimal = '.', .zone = SLICE("UTC") };
	char room[TIME_MOST];

	if (value_is_blank(text) || text.length > sizeof(room) - sizeof("T00:00Z"))
		return VALUE_BAD_DATE_FORMAT;
	(void)snprintf(room, sizeof(room), "%.*s%s", SLICE_ARG(text), is_day ? "T00:00Z" : "");
	return value_read(KIND_TIME, &format, slice_of(room), out);
}

static bool read_time(struct reading *r, const char *member, const char *day_member)
{
	enum value_result result;
	struct slice text;
	struct buf out;
	bool ok, is_day;

	if (!text_of(r, member, &text))
		return false;
	is_day = text.length == strlen("2026-09-01");
	if (!set(r, is_day ? member : day_member, json_null()))
		return false;
	if (text.length == 0)
		return set(r, member, json_null());
	buf_init(&out, TIME_MOST);
	result = time_of(text, is_day, &out);
	if (result == VALUE_TIME_TOO_FAR)
		ok = refuse(r, member, "%s", value_reason(result));
	else if (result != VALUE_OK || !buf_ok(&out))
		ok = refuse(r, member,
			    "is neither a day such as 2026-09-01 nor a time such as "
			    "2026-09-01T08:00:00+08:00");
	else if (is_day)
		ok = set(r, day_member, json_stringn(text.data, text.length));
	else
		ok = set(r, member, json_stringn(out.data, out.length));
	buf_release(&out);
	return ok;
}

static bool read_rest(struct reading *r)
{
	return read_list(r, "hreflang", link_languages_read, "language tags") &&
	       read_media_type(r) && read_list(r, "context", link_contexts_read, "codes") &&
	       read_default(r) && read_flag(r, "forward_query") && read_flag(r, "public") &&
	       read_time(r, "valid_from", "from_day") && read_time(r, "valid_until", "until_day");
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool only_known(struct reading *r)
{
	static const char *const known[] = { "link_type",  "href",	    "title",
					     "hreflang",   "media_type",    "context",
					     "default",	   "forward_query", "public",
					     "valid_from", "valid_until" };
	const char *member;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)r->object, member, value)
	{
		bool found = false;

		for (size_t i = 0; i < COUNT_OF(known); i++)
			found |= strcmp(known[i], member) == 0;
		if (!found)
			return refuse(r, "links", "have no member \"%.40s\"", member);
	}
	return true;
}

json_t *link_given_read(const json_t *object, struct link_fault *ret_fault)
{
	struct reading r = { object, json_object(), ret_fault };

	if (!json_is_object(object))
		(void)refuse(&r, "links", "are objects");
	else if (only_known(&r) && read_type(&r) && read_href(&r) && read_title(&r) &&
		 read_rest(&r))
		return r.row;
	json_decref(r.row);
	return NULL;
}

struct link_type_text link_type_short(const char *type)
{
	struct link_type_text room;
	struct slice name = link_type_name(slice_of(type));

	if (name.length > 0)
		(void)snprintf(room.text, sizeof(room.text), "gs1:%.*s", SLICE_ARG(name));
	else
		(void)snprintf(room.text, sizeof(room.text), "%s", type);
	return room;
}
