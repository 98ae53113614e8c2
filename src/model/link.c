/* Checks the parts of links and brings them into one spelling. */
#include "model/link.h"

#include "base/utf8.h"

enum { TAG_MOST = 35 };

static const char *const roles[] = {
	[LINK_PLAIN] = "",
	[LINK_DEFAULT] = "default",
	[LINK_MULTI] = "multi",
};

enum link_role link_role_named(struct slice name)
{
	for (size_t i = 0; i < COUNT_OF(roles); i++)
		if (slice_equal(name, slice_of(roles[i])))
			return (enum link_role)i;
	return LINK_PLAIN;
}

const char *link_role_name(enum link_role role)
{
	return roles[role];
}

/* --- characters ------------------------------------------------------------------------------ */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_all(struct slice s, const char *others)
{
	for (size_t i = 0; i < s.length; i++)
		if (!is_letter(s.data[i]) && !is_digit(s.data[i]) && !is_one_of(s.data[i], others))
			return false;
	return true;
}

/* --- address and title ----------------------------------------------------------------------- */

static size_t scheme_of(struct slice href)
{
	if (slice_starts(href, S("https://")))
		return 8;
	return slice_starts(href, S("http://")) ? 7 : 0;
}

/* A "%" begins two hexadecimal digits. */
static bool escapes_ok(struct slice s)
{
	for (size_t i = 0; i < s.length; i++) {
		if (s.data[i] != '%')
			continue;
		for (size_t k = 1; k <= 2; k++)
			if (i + k >= s.length ||
			    !is_one_of(s.data[i + k], "0123456789abcdefABCDEF"))
				return false;
	}
	return true;
}

bool link_href_ok(struct slice href)
{
	size_t scheme = scheme_of(href), end = scheme;
	struct slice host;

	if (scheme == 0 || href.length > LINK_HREF_MOST ||
	    !is_all(href, "-._~:/?#[]@!$&'()*+,;=%") || !escapes_ok(href))
		return false;
	while (end < href.length && !is_one_of(href.data[end], "/?#"))
		end++;
	host = slice_from((struct slice){ href.data, end }, scheme);
	/* The schema of linksets wants it to begin so. */
	return host.length > 0 && host.data[0] != ':' && is_all(host, "-._:[]") &&
	       is_all((struct slice){ host.data, 1 }, "[");
}

bool link_title_ok(struct slice title)
{
	size_t characters = 0;

	if (!utf8_valid(title))
		return false;
	while (title.length > 0) {
		uint32_t c = utf8_next(&title);

		if (utf8_is_control(c) || c == 0x2028 || c == 0x2029)
			return false;
		characters++;
	}
	return characters >= 1 && characters <= LINK_TITLE_MOST;
}

/* --- lists ----------------------------------------------------------------------------------- */

struct entry {
	char text[TAG_MOST + 1];
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->text, ((const struct entry *)b)->text);
}

static bool next_entry(struct slice *rest, struct slice *ret_entry)
{
	size_t end = 0;

	while (rest->length > 0 && is_one_of(rest->data[0], " ,\t"))
		*rest = slice_from(*rest, 1);
	while (end < rest->length && !is_one_of(rest->data[end], " ,\t"))
		end++;
	*ret_entry = (struct slice){ rest->data, end };
	*rest = slice_from(*rest, end);
	return end > 0;
}

static bool join(const struct entry *entries, size_t count, struct link_list_text *ret)
{
	size_t length = 0;
	char room[LINK_LIST_MOST + 1] = "";

	for (size_t i = 0; i < count; i++) {
		size_t more = strlen(entries[i].text);

		if (i > 0 && by_text(&entries[i - 1], &entries[i]) == 0)
			continue;
		if (length + 1 + more > LINK_LIST_MOST)
			return false;
		if (length > 0)
			room[length++] = ' ';
		memcpy(room + length, entries[i].text, more + 1);
		length += more;
	}
	memcpy(ret->text, room, sizeof(room));
	return true;
}

static bool read_list(struct slice text, bool (*read)(struct slice, struct entry *),
		      struct link_list_text *ret)
{
	struct entry entries[LINK_ENTRIES_MOST];
	struct slice one;
	size_t count = 0;

	while (next_entry(&text, &one)) {
		if (count == LINK_ENTRIES_MOST || one.length > TAG_MOST ||
		    !read(one, &entries[count]))
			return false;
		count++;
	}
	qsort(entries, count, sizeof(*entries), by_text);
	return join(entries, count, ret);
}

/* Languages are written small, scripts with a capital, countries in capitals (RFC 5646, 2.1.1). */
static void write_subtag(struct slice part, bool is_first, bool after_singleton, char *out)
{
	bool country = !is_first && !after_singleton && part.length == 2;
	bool script = !is_first && !after_singleton && part.length == 4 && is_letter(part.data[0]);

	for (size_t i = 0; i < part.length; i++)
		out[i] = country || (script && i == 0) ? upper(part.data[i]) : lower(part.data[i]);
}

static bool read_tag(struct slice text, struct entry *ret)
{
	struct slice part, rest = text;
	bool after_singleton = false;
	size_t at = 0;

	if (!is_letter(text.data[0]) || text.data[text.length - 1] == '-')
		return false;
	while (slice_cut(&rest, '-', &part)) {
		if (part.length < 1 || part.length > 8 || !is_all(part, "") ||
		    (at == 0 && part.length < 2))
			return false;
		write_subtag(part, at == 0, after_singleton, ret->text + at);
		after_singleton |= part.length == 1;
		at += part.length;
		ret->text[at++] = '-';
	}
	ret->text[text.length] = '\0';
	return true;
}

static bool read_context(struct slice text, struct entry *ret)
{
	if (!is_all(text, "._-"))
		return false;
	memcpy(ret->text, text.data, text.length);
	ret->text[text.length] = '\0';
	return true;
}

bool link_languages_read(struct slice text, struct link_list_text *ret)
{
	return read_list(text, read_tag, ret);
}

bool link_contexts_read(struct slice text, struct link_list_text *ret)
{
	return read_list(text, read_context, ret);
}

bool link_media_type_read(struct slice text, struct link_media_text *ret)
{
	size_t slash = slice_find(text, '/');

	if (text.length == 0) {
		ret->text[0] = '\0';
		return true;
	}
	if (text.length > LINK_MEDIA_TYPE_MOST || slash == 0 || slash + 1 >= text.length ||
	    !is_all((struct slice){ text.data, slash }, "-+._") ||
	    !is_all(slice_from(text, slash + 1), "-+._"))
		return false;
	for (size_t i = 0; i < text.length; i++)
		ret->text[i] = lower(text.data[i]);
	ret->text[text.length] = '\0';
	return true;
}

/* --- showing --------------------------------------------------------------------------------- */

static bool is_country(struct slice part)
{
	return part.length == 2 && is_letter(part.data[0]) && is_letter(part.data[1]);
}

bool link_language_shown(struct slice tag, char ret_tag[6])
{
	struct slice part, language;
	const char *country = NULL;

	(void)slice_cut(&tag, '-', &language);
	if (language.length != 2)
		return false;
	while (slice_cut(&tag, '-', &part) && part.length > 1) {
		if (is_country(part)) {
			(void)snprintf(ret_tag, 6, "%.2s-%.2s", language.data, part.data);
			return true;
		}
		if (slice_equal_nocase(language, S("zh")) && slice_equal_nocase(part, S("Hans")))
			country = "-CN";
		if (slice_equal_nocase(language, S("zh")) && slice_equal_nocase(part, S("Hant")))
			country = "-TW";
	}
	(void)snprintf(ret_tag, 6, "%.2s%s", language.data, country == NULL ? "" : country);
	return true;
}
