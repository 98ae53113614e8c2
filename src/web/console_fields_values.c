/* The value of a real item beside each public field, as customers would read it. */
#include "base/utf8.h"
#include "page/figure.h"
#include "page/term.h"
#include "page/when.h"
#include "web/console_fields.h"
#include "web/console_records.h"

enum { VALUE_MOST = 160 };

/* Reads texts by language as the console's reader is best served; false: there are none. */
static bool read_words(struct page *p, const json_t *object, struct words *ret_words)
{
	char *json = json_dumps(object, JSON_COMPACT);
	bool read = json != NULL && json_is_object(object) &&
		    words_read(&p->request->arena, slice_of(json), p->writer.language, ret_words);

	free(json);
	return read;
}

struct slice fields_words(struct page *p, const json_t *object)
{
	struct words found = { { NULL, 0 }, { NULL, 0 } };

	return read_words(p, object, &found) ? found.text : S("");
}

/* --- one kind of value each ------------------------------------------------------------------ */

static struct slice a_country(struct page *p, const json_t *value)
{
	return country_name(p->writer.language, slice_of(json_string_value(value)));
}

static struct slice a_share(struct page *p, const json_t *value)
{
	return figure_percent(&p->request->arena, p->writer.language,
			      slice_of(json_string_value(value)));
}

static struct slice a_verdict(struct page *p, const json_t *value)
{
	return term_verdict(p->writer.language, slice_of(json_string_value(value)));
}

static struct slice a_paper(struct page *p, const json_t *value)
{
	return term_paper(p->writer.language, slice_of(json_string_value(value)));
}

static struct slice a_date(struct page *p, const json_t *value)
{
	return when_date(&p->request->arena, p->writer.language,
			 slice_of(json_string_value(value)));
}

static struct slice a_moment(struct page *p, const json_t *value)
{
	return when_time(&p->request->arena, p->writer.language,
			 slice_of(json_string_value(value)));
}

static struct slice a_span(struct page *p, const json_t *value)
{
	struct arena *memory = &p->request->arena;
	struct span span = { page_member(p, value, "from"), page_member(p, value, "to") };
	struct slice from = when_time(memory, p->writer.language, span.from);

	if (span.to.length == 0)
		return from;
	if (span.from.length == 0)
		return when_time(memory, p->writer.language, span.to);
	return figure_joined(memory, from, S(" – "), when_until(memory, p->writer.language, span));
}

/* A quantity, a reading or a parameter. */
static struct slice a_figure(struct page *p, const json_t *value)
{
	struct slice figure = page_member(p, value, "value");

	if (figure.length == 0)
		figure = page_member(p, value, "number");
	if (figure.length == 0)
		figure = page_member(p, value, "text");
	if (figure.length == 0)
		return a_verdict(p, json_object_get(value, "verdict"));
	return figure_with_unit(&p->request->arena, p->writer.language, figure,
				page_member(p, value, "unit"));
}

static struct slice limits(struct page *p, const json_t *value)
{
	return figure_limits(&p->request->arena, p->writer.language,
			     &(const struct limits){ page_member(p, value, "lower"),
						     page_member(p, value, "upper"),
						     page_member(p, value, "unit") });
}

static struct slice a_parameter(struct page *p, const json_t *value)
{
	return figure_joined(&p->request->arena, fields_words(p, json_object_get(value, "name")),
			     S(" "), a_figure(p, value));
}

static struct slice a_picture(struct page *p, const json_t *value)
{
	return page_format(p, "%lld × %lld %.*s",
			   (long long)json_integer_value(json_object_get(value, "width")),
			   (long long)json_integer_value(json_object_get(value, "height")),
			   SLICE_ARG(text_in(p->writer.language, TEXT_fields_pixels)));
}

static struct slice a_file(struct page *p, const json_t *value)
{
	bool pdf = slice_equal(page_member(p, value, "type"), S("pdf"));
	json_int_t bytes = json_integer_value(json_object_get(value, "bytes"));

	return page_format(p, "%s %lld" THIN_SPACE "KB", pdf ? "PDF" : "JPEG",
			   (long long)(bytes + 1023) / 1024);
}

static const struct {
	const char *member;
	json_type type;
	struct slice (*shown)(struct page *p, const json_t *value);
} kinds[] = {
	{ "origin_country", JSON_STRING, a_country },
	{ "country", JSON_STRING, a_country },
	{ "share", JSON_STRING, a_share },
	{ "recycled_share", JSON_STRING, a_share },
	{ "verdict", JSON_STRING, a_verdict },
	{ "kind", JSON_STRING, a_paper },
	{ "produced_on", JSON_STRING, a_date },
	{ "best_before", JSON_STRING, a_date },
	{ "received_on", JSON_STRING, a_date },
	{ "issued_on", JSON_STRING, a_date },
	{ "time", JSON_STRING, a_moment },
	{ "time", JSON_OBJECT, a_span },
	{ "quantity", JSON_OBJECT, a_figure },
	{ "value", JSON_OBJECT, a_figure },
	{ "limits", JSON_OBJECT, limits },
	{ "parameters", JSON_OBJECT, a_parameter },
	{ "photo", JSON_OBJECT, a_picture },
	{ "file", JSON_OBJECT, a_file },
};

/* --- which ----------------------------------------------------------------------------------- */

/* Of the lot, else of the product; of a list its first entry. */
static const json_t *find_value(const json_t *sample, enum field f, enum section *ret_level)
{
	const struct field_description *d = field_describe(f);
	const json_t *product = json_object_get(sample, "product");
	const json_t *lot = json_object_get(sample, "lot_document");
	const char *list = section_member(d->section);
	const json_t *entries;

	*ret_level = d->section == SECTION_PRODUCT ? SECTION_PRODUCT : SECTION_LOT;
	if (list == NULL)
		return json_object_get(d->section == SECTION_PRODUCT ? product : lot, d->member);
	entries = json_object_get(lot, list);
	if (entries == NULL) {
		entries = json_object_get(product, list);
		*ret_level = SECTION_PRODUCT;
	}
	for (size_t i = 0; i < json_array_size(entries); i++)
		if (json_object_get(json_array_get(entries, i), d->member) != NULL)
			return json_object_get(json_array_get(entries, i), d->member);
	return NULL;
}

static struct words shown(struct page *p, const char *member, const json_t *value)
{
	struct words words = { { NULL, 0 }, { NULL, 0 } };

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(member, kinds[i].member) == 0 && json_typeof(value) == kinds[i].type)
			return (struct words){ .text = kinds[i].shown(p, value) };
	if (json_is_string(value))
		words.text = arena_copy(&p->request->arena, slice_of(json_string_value(value)));
	else if (!read_words(p, value, &words))
		words.text = S("");
	return words;
}

static struct slice cut(struct page *p, struct slice text)
{
	struct slice begin = utf8_prefix(text, VALUE_MOST);

	return begin.length == text.length
		   ? text
		   : figure_joined(&p->request->arena, begin, S(""), S("…"));
}

void fields_add_example(struct page *p, const json_t *sample, enum field f,
			struct view_console_fields_row *row)
{
	enum section level;
	const json_t *value = find_value(sample, f, &level);
	struct words words;

	if (json_is_array(value))
		value = json_array_get(value, 0);
	if (value == NULL)
		return;
	words = shown(p, field_describe(f)->member, value);
	row->value = cut(p, words.text);
	row->value_lang = words.lang;
	row->is_digest = f == FIELD_DOCUMENT_DIGEST;
	row->level =
	    text_in(p->writer.language,
		    level == SECTION_PRODUCT ? TEXT_fields_level_product : TEXT_fields_level_lot);
}
