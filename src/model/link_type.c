/* Reads link types and knows those of GS1. */
#include "model/link_type.h"

static const struct {
	const char *name, *label;
} types[] = {
#define LINK_TYPE(name, label) { #name, label },
#include "model/link_type.def"
#undef LINK_TYPE
};

const char *link_type_reason(enum link_type_result result)
{
	static const char *const reasons[] = {
		[LINK_TYPE_OK] = "is a link type",
		[LINK_TYPE_NOT_ONE] = "is neither gs1:NAME nor a URL",
		[LINK_TYPE_BAD_URL] = "is a URL that a linkset cannot hold: only letters, digits, "
				      "\".\", \"_\" and \"/\"",
		[LINK_TYPE_UNKNOWN] = "is no link type of the GS1 Web Vocabulary",
		[LINK_TYPE_DUPLICATES] = "stands for what GS1 has a link type for: use gs1:NAME",
	};

	return reasons[result];
}

size_t link_type_count(void)
{
	return COUNT_OF(types);
}

const char *link_type_at(size_t i)
{
	return types[i].name;
}

static bool find(struct slice name, size_t *ret_index)
{
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (slice_equal(name, slice_of(types[i].name))) {
			*ret_index = i;
			return true;
		}
	return false;
}

struct slice link_type_name(struct slice type)
{
	if (!slice_starts(type, S(LINK_TYPE_STEM)))
		return (struct slice){ NULL, 0 };
	return slice_from(type, strlen(LINK_TYPE_STEM));
}

const char *link_type_label(struct slice type)
{
	size_t i;

	return find(link_type_name(type), &i) ? types[i].label : NULL;
}

bool link_type_is(struct slice type, const char *name)
{
	return slice_equal(link_type_name(type), slice_of(name));
}

/* What stands behind one of the stems under which GS1's vocabulary was and is published. */
static bool gs1_name(struct slice text, struct slice *ret_name)
{
	static const struct slice stems[] = {
		SLICE("gs1:"),
		SLICE("https://ref.gs1.org/voc/"),
		SLICE("http://ref.gs1.org/voc/"),
		SLICE("https://gs1.org/voc/"),
		SLICE("http://gs1.org/voc/"),
		SLICE("https://www.gs1.org/voc/"),
		SLICE("http://www.gs1.org/voc/"),
	};

	for (size_t i = 0; i < COUNT_OF(stems); i++)
		if (slice_starts(text, stems[i])) {
			*ret_name = slice_from(text, stems[i].length);
			return true;
		}
	return false;
}

/* As the key pattern of GS1's linkset schema has it, and migration 0015. */
static bool is_plain_url(struct slice url)
{
	size_t scheme = slice_starts(url, S("https://")) ? 8 : 7;

	if (url.length == scheme)
		return false;
	for (size_t i = scheme; i < url.length; i++) {
		char c = url.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '.' || c == '_' || c == '/'))
			return false;
	}
	return true;
}

static bool has_name_of_gs1(struct slice url)
{
	size_t i, slash = url.length;

	while (slash > 0 && url.data[slash - 1] != '/')
		slash--;
	return find(slice_from(url, slash), &i);
}

static enum link_type_result read_other(struct slice text, struct link_type_text *ret)
{
	if (text.length > LINK_TYPE_MOST - 10 ||
	    (!slice_starts(text, S("https://")) && !slice_starts(text, S("http://"))))
		return LINK_TYPE_NOT_ONE;
	if (!is_plain_url(text))
		return LINK_TYPE_BAD_URL;
	if (has_name_of_gs1(text))
		return LINK_TYPE_DUPLICATES;
	memcpy(ret->text, text.data, text.length);
	ret->text[text.length] = '\0';
	return LINK_TYPE_OK;
}

enum link_type_result link_type_read(struct slice text, struct link_type_text *ret)
{
	struct slice name;
	size_t i;

	if (!gs1_name(text, &name))
		return read_other(text, ret);
	if (!find(name, &i))
		return LINK_TYPE_UNKNOWN;
	(void)snprintf(ret->text, sizeof(ret->text), LINK_TYPE_STEM "%s", types[i].name);
	return LINK_TYPE_OK;
}
