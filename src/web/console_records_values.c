/* What a record says, column by column, in the reader's words. */
#include "model/language.h"
#include "page/figure.h"
#include "page/term.h"
#include "web/console_records.h"

enum { TEXT_MOST = 1 << 20 };

/* --- what a column is ---------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum text text;
} files[] = {
	{ "application/pdf", TEXT_records_file_pdf }, { "image/jpeg", TEXT_records_file_picture },
	{ "image/png", TEXT_records_file_picture },   { "text/csv", TEXT_records_file_table },
	{ "text/plain", TEXT_records_file_text },
};

/* A column of whatever record: those of one name are of one kind. NULL: there is none. */
static const struct import_field *column(struct slice name)
{
	for (unsigned k = 0; record_kind_at(k) != NULL; k++) {
		unsigned count;
		const struct import_field *f = import_fields(slice_of(record_kind_at(k)), &count);

		for (unsigned i = 0; i < count; i++)
			if (slice_equal(name, slice_of(f[i].name)))
				return &f[i];
	}
	return NULL;
}

/* Whether the record's unit is that of this column. */
static bool has_unit(struct slice name)
{
	static const char *const measured[] = { "quantity", "value", "lower_limit", "upper_limit" };

	for (size_t i = 0; i < COUNT_OF(measured); i++)
		if (slice_equal(name, slice_of(measured[i])))
			return true;
	return false;
}

/* --- words in several languages ------------------------------------------------------------- */

static bool is_of(const char *tag, const char *language)
{
	size_t length = strcspn(language, "-");

	return strncmp(tag, language, length) == 0 && (tag[length] == '\0' || tag[length] == '-');
}

/* The tag of the words that serve this reader best; as a page for customers chooses. */
static const char *best_tag(struct page *p, const json_t *words)
{
	const char *tag = p->head.lang.data;
	const char *name;
	json_t *text;

	if (json_object_get(words, tag) != NULL)
		return tag;
	json_object_foreach((json_t *)words, name, text) if (is_of(name, tag)) return name;
	if (json_object_get(words, "und") != NULL)
		return "und";
	if (json_object_get(words, "en") != NULL)
		return "en";
	return json_object_iter_key(json_object_iter((json_t *)words));
}

static struct slice language_name(struct page *p, struct slice tag)
{
	return slice_equal(tag, S("und")) ? record_language_words(p, tag) : language_own_name(tag);
}

static void fill_words(struct page *p, const json_t *words, struct view_records_value *to)
{
	const char *best = best_tag(p, words), *tag;
	struct view_records_words *also = record_room(p, words, sizeof(*also), &to->also_count);
	size_t count = 0;
	json_t *text;

	to->also_count = 0;
	if (best == NULL)
		return;
	to->text = page_member(p, words, best);
	to->lang = arena_copy(&p->request->arena, slice_of(best));
	if (!is_of(best, p->head.lang.data) && !slice_equal(to->lang, S("und")))
		to->language = language_name(p, to->lang);
	json_object_foreach((json_t *)words, tag, text)
	{
		if (also == NULL || strcmp(tag, best) == 0)
			continue;
		also[count].lang = arena_copy(&p->request->arena, slice_of(tag));
		also[count].language = language_name(p, also[count].lang);
		also[count++].text = page_member(p, words, tag);
	}
	to->also = also;
	to->also_count = count;
}

/* --- parameters ----------------------------------------------------------------------------- */

/* A line each, "温度 72 °C", of what SQL gives as the text of their JSON. */
static struct slice parameters(struct page *p, struct slice text)
{
	json_t *list = json_loadb(text.data, text.length, 0, NULL);
	struct slice shown;
	struct buf b;

	if (list == NULL)
		return text;
	buf_init(&b, TEXT_MOST);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i), *names = json_object_get(one, "name");
		const char *tag = best_tag(p, names);

		if (b.length > 0)
			buf_add_char(&b, '\n');
		if (tag != NULL)
			buf_add_slice(&b, page_member(p, names, tag));
		buf_add_char(&b, ' ');
		buf_add_slice(&b, figure_with_unit(&p->request->arena, p->writer.language,
						   page_member(p, one, "value"),
						   page_member(p, one, "unit")));
	}
	shown = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	json_decref(list);
	return shown;
}

/* --- one value ------------------------------------------------------------------------------ */

static struct slice word_of(struct page *p, struct slice name, struct slice text)
{
	if (slice_equal(name, S("kind")))
		return term_paper(p->writer.language, text);
	if (slice_equal(name, S("media_type")))
		for (size_t i = 0; i < COUNT_OF(files); i++)
			if (slice_equal(text, slice_of(files[i].name)))
				return text_in(p->writer.language, files[i].text);
	return text;
}

static struct slice shown(struct page *p, struct slice name, struct slice text, struct slice unit)
{
	const struct import_field *f = column(name);
	struct arena *memory = &p->request->arena;
	unsigned language = p->writer.language;

	if (f == NULL || text.length == 0)
		return text;
	switch (f->kind) {
	case KIND_COUNTRY:
		return country_name(language, text);
	case KIND_PERCENT:
		return figure_percent(memory, language, text);
	case KIND_VERDICT:
		return term_verdict(language, text);
	case KIND_TIME:
		return page_minute(p, text);
	case KIND_NUMBER:
	case KIND_AMOUNT:
		return figure_with_unit(memory, language, text, has_unit(name) ? unit : S(""));
	case KIND_PARAMETERS:
		return parameters(p, text);
	default:
		return word_of(p, name, text);
	}
}

/* NULL: nothing, or no memory, which page_send() tells. */
static struct view_records_value *value_view(struct page *p, struct slice name, const json_t *value,
					     struct slice unit)
{
	struct view_records_value *to = arena_alloc(&p->request->arena, sizeof(*to));
	json_t *member = json_pack("{s:O?}", "value", (json_t *)value);

	if (to == NULL || member == NULL) {
		json_decref(member);
		return NULL;
	}
	*to = (struct view_records_value){ .is_digest = slice_equal(name, S("sha256")) };
	if (json_is_object(value))
		fill_words(p, value, to);
	else
		to->text = shown(p, name, page_member(p, member, "value"), unit);
	json_decref(member);
	return to->text.length == 0 ? NULL : to;
}

/* --- a record ------------------------------------------------------------------------------- */

static const json_t *column_of(const json_t *fields, struct slice name)
{
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const json_t *f = json_array_get(fields, i);
		const char *its = json_string_value(json_object_get(f, "name"));

		if (its != NULL && slice_equal(name, slice_of(its)))
			return f;
	}
	return NULL;
}

/* The unit stands behind what is measured in it; by itself only where there is nothing else. */
static bool stands_elsewhere(const json_t *fields, struct slice name)
{
	if (!slice_equal(name, S("unit")))
		return false;
	for (size_t i = 0; i < json_array_size(fields); i++) {
		const char *its =
		    json_string_value(json_object_get(json_array_get(fields, i), "name"));

		if (its != NULL && has_unit(slice_of(its)))
			return true;
	}
	return false;
}

/* "Guihu workshop · QP-02" of a code that other records name, "Green tea · 09506000134352". */
static void add_name(struct page *p, const json_t *record, struct slice name,
		     struct view_records_value *value)
{
	struct slice called =
	    page_member(p, json_object_get(record, "named"), name.data == NULL ? "" : name.data);

	if (value != NULL && slice_ends(name, S("gtin")))
		called = page_product(p, value->text);
	if (value != NULL && called.length > 0)
		value->text = figure_joined(&p->request->arena, called, S(" · "), value->text);
}

struct view_records_field *record_fields(struct page *p, const json_t *record, size_t *ret_count)
{
	const json_t *list = json_object_get(record, "fields");
	struct view_records_field *to = record_room(p, list, sizeof(*to), ret_count);
	struct slice unit = page_member(p, column_of(list, S("unit")), "value");
	size_t count = 0;

	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *f = json_array_get(list, i);
		struct slice name = page_member(p, f, "name");
		struct view_records_value *value;

		if (stands_elsewhere(list, name))
			continue;
		value = value_view(p, name, json_object_get(f, "value"), unit);
		add_name(p, record, name, value);
		to[count++] = (struct view_records_field){
			.label = record_field_words(p, name),
			.value = value,
			.is_public = json_is_true(json_object_get(f, "public")),
			.is_private = json_is_false(json_object_get(f, "public")),
		};
	}
	*ret_count = count;
	return to;
}

/* Of words only the languages that became other ones. */
static json_t *without_the_same(const json_t *words, const json_t *other)
{
	json_t *rest = json_object();
	const char *tag;
	json_t *text;

	json_object_foreach((json_t *)words, tag,
			    text) if (!json_equal(text, json_object_get(other, tag)))
	    json_object_set(rest, tag, text);
	return rest;
}

static void fill_change(struct page *p, const json_t *change, struct slice unit,
			struct view_records_change *to)
{
	const json_t *before = json_object_get(change, "before");
	const json_t *after = json_object_get(change, "after");
	bool words = json_is_object(before) || json_is_object(after);
	json_t *old = words ? without_the_same(before, after) : json_incref((json_t *)before);
	json_t *now = words ? without_the_same(after, before) : json_incref((json_t *)after);
	struct slice name = page_member(p, change, "name");

	*to = (struct view_records_change){
		.label = record_field_words(p, name),
		.before = value_view(p, name, old, unit),
		.after = value_view(p, name, now, unit),
	};
	json_decref(old);
	json_decref(now);
}

struct view_records_change *record_changes(struct page *p, const json_t *record,
					   const json_t *changes, size_t *ret_count)
{
	struct view_records_change *to = record_room(p, changes, sizeof(*to), ret_count);
	const json_t *fields = json_object_get(record, "fields");
	/* Where the unit changed, the figures stand without one. */
	struct slice unit = column_of(changes, S("unit")) != NULL
				? S("")
				: page_member(p, column_of(fields, S("unit")), "value");

	for (size_t i = 0; i < *ret_count; i++)
		fill_change(p, json_array_get(changes, i), unit, &to[i]);
	return to;
}

void *record_room(struct page *p, const json_t *list, size_t size, size_t *ret_count)
{
	void *room;

	*ret_count = json_is_object(list) ? json_object_size(list) : json_array_size(list);
	if (*ret_count == 0)
		return NULL;
	room = arena_array(&p->request->arena, *ret_count, size);
	if (room == NULL)
		*ret_count = 0;
	return room;
}
