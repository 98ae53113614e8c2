/* Words and parts of records for the pages that show them. */
#include <stdarg.h>

#include "web/console_records.h"

enum { FORMAT_MOST = 4096 };

static const struct {
	const char *name;
	enum text text, about;
} kinds[] = {
#define RECORD_KIND(name) { #name, TEXT_records_kind_##name, TEXT_records_about_##name },
#define RECORD_FIELD(name, input, hint)
#include "web/console_records.def"
#undef RECORD_KIND
#undef RECORD_FIELD
};

enum input { INPUT_TEXT, INPUT_LINES };

static const struct {
	const char *name;
	enum text text, hint;
	enum input input;
} fields[] = {
#define RECORD_KIND(name)
#define RECORD_FIELD(name, input, hint) \
	{ #name, TEXT_records_field_##name, TEXT_##hint, INPUT_##input },
#include "web/console_records.def"
#undef RECORD_KIND
#undef RECORD_FIELD
};

static const struct {
	const char *name;
	enum text text;
} verdicts[] = {
	{ "pass", TEXT_records_verdict_pass },
	{ "fail", TEXT_records_verdict_fail },
	{ "missing", TEXT_records_verdict_missing },
	{ "information", TEXT_records_verdict_information },
}, languages[] = {
	{ "zh-CN", TEXT_records_language_zh },
	{ "en", TEXT_records_language_en },
	{ "und", TEXT_imports_in_any },
};

const char *record_kind_at(unsigned i)
{
	return i < COUNT_OF(kinds) ? kinds[i].name : NULL;
}

bool record_kind_known(struct slice kind)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (slice_equal(kind, slice_of(kinds[i].name)))
			return true;
	return false;
}

struct slice record_kind_words(struct page *p, struct slice kind)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (slice_equal(kind, slice_of(kinds[i].name)))
			return text_in(p->writer.language, kinds[i].text);
	return kind;
}

struct slice record_field_words(struct page *p, struct slice field)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (slice_equal(field, slice_of(fields[i].name)))
			return text_in(p->writer.language, fields[i].text);
	return field;
}

struct slice record_kind_about(struct page *p, struct slice kind)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (slice_equal(kind, slice_of(kinds[i].name)))
			return text_in(p->writer.language, kinds[i].about);
	return S("");
}

bool record_field_is_long(struct slice field)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (slice_equal(field, slice_of(fields[i].name)))
			return fields[i].input == INPUT_LINES;
	return false;
}

enum text record_field_hint(struct slice field)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (slice_equal(field, slice_of(fields[i].name)))
			return fields[i].hint;
	return TEXT_none;
}

struct slice record_verdict_words(struct page *p, struct slice verdict)
{
	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		if (slice_equal(verdict, slice_of(verdicts[i].name)))
			return text_in(p->writer.language, verdicts[i].text);
	return verdict;
}

struct slice record_language_words(struct page *p, struct slice tag)
{
	for (size_t i = 0; i < COUNT_OF(languages); i++)
		if (slice_equal(tag, slice_of(languages[i].name)))
			return text_in(p->writer.language, languages[i].text);
	return tag;
}

bool record_field_may_change(const struct import_field *f)
{
	return f->need != NEED_KEY && f->need != NEED_KEY_OR_NONE &&
	       strcmp(f->name, "input_gtin") != 0;
}

bool record_place(struct api_call *call, int64_t *ret_id)
{
	uint64_t id;

	if (!record_kind_known(call->request->captures[0]) ||
	    !slice_to_u64(call->request->captures[1], &id) || id > INT64_MAX) {
		message_refuse(call, 404, NULL, "no_such_record");
		return false;
	}
	*ret_id = (int64_t)id;
	return true;
}

bool record_says_add(struct api_call *call, json_t *says, struct db_parameters *p)
{
	char *text = json_dumps(says, JSON_COMPACT);
	struct slice kept = S("");

	json_decref(says);
	if (text != NULL)
		kept = arena_copy(&call->request->arena, slice_of(text));
	free(text);
	if (kept.length == 0) {
		api_no_memory(call);
		return false;
	}
	db_add_text(p, kept);
	return true;
}

struct slice page_format(struct page *p, const char *format, ...)
{
	char text[FORMAT_MOST];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return arena_copy(&p->request->arena, slice_of(text));
}

struct slice record_link(struct page *p, const char *kind, const json_t *id)
{
	if (!json_is_integer(id))
		return S("");
	return page_format(p, "/records/%s/%lld", kind, (long long)json_integer_value(id));
}

struct slice record_moment(struct page *p, const json_t *object, const char *member)
{
	return page_when(p, page_member(p, object, member));
}

struct slice record_source(struct page *p, const json_t *object)
{
	struct slice source = page_member(p, object, "source");

	return slice_starts(source, S("console")) && (source.length == 7 || source.data[7] == ':')
		   ? text_in(p->writer.language, TEXT_records_by_hand)
		   : source;
}

struct slice record_by(struct page *p, const json_t *object)
{
	return page_who(p, page_member(p, object, "by"));
}

/* Room for what the list holds; NULL: nothing. */
static void *room_for(struct page *p, const json_t *list, size_t size, size_t *ret_count)
{
	void *room;

	*ret_count = json_array_size(list);
	if (*ret_count == 0)
		return NULL;
	room = arena_array(&p->request->arena, *ret_count, size);
	if (room == NULL)
		*ret_count = 0;
	return room;
}

struct view_records_row *record_rows(struct page *p, const json_t *list, const char *kind,
				     size_t *ret_count)
{
	struct view_records_row *to = room_for(p, list, sizeof(*to), ret_count);

	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *r = json_array_get(list, i);
		const char *own = json_string_value(json_object_get(r, "kind"));
		struct slice verdict = page_member(p, r, "verdict");

		to[i] = (struct view_records_row){
			.link = record_link(p, own == NULL ? kind : own, json_object_get(r, "id")),
			.key = page_member(p, r, own == NULL ? "says" : "key"),
			.says = own == NULL ? S("") : page_member(p, r, "says"),
			.when = record_moment(p, r, own == NULL ? "at" : "recorded_at"),
			.by = record_by(p, r),
			.verdict = record_verdict_words(p, verdict),
			.good = slice_equal(verdict, S("pass")),
			.bad = slice_equal(verdict, S("fail")),
			.corrected = json_is_integer(json_object_get(r, "corrects")),
			.withdrawn = json_is_true(json_object_get(r, "withdrawn")),
		};
	}
	return to;
}

/* Words in all their languages: "en: Tea / zh-CN: 茶". */
static struct slice words_shown(struct page *p, const json_t *words)
{
	struct slice shown;
	struct buf b;
	const char *tag;
	json_t *text;

	buf_init(&b, 1 << 20);
	json_object_foreach((json_t *)words, tag, text)
	{
		if (b.length > 0)
			buf_add_string(&b, " / ");
		buf_add_format(&b, "%s: ", tag);
		buf_add(&b, json_string_value(text), json_string_length(text));
	}
	shown = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return shown;
}

/* "温度 72 °C; …" of a step's parameters, which SQL gives as the text of their JSON. */
static struct slice parameters_shown(struct page *p, struct slice text)
{
	json_t *list = json_loadb(text.data, text.length, 0, NULL);
	const char *tag = p->head.lang.data;
	struct slice shown;
	struct buf b;

	if (list == NULL)
		return text;
	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i), *names = json_object_get(one, "name");
		const json_t *name = json_object_get(names, tag);
		struct slice unit = page_member(p, one, "unit");

		if (name == NULL)
			name = json_object_iter_value(json_object_iter((json_t *)names));
		if (b.length > 0)
			buf_add_string(&b, "; ");
		buf_add(&b, json_string_value(name), json_string_length(name));
		buf_add_char(&b, ' ');
		buf_add_slice(&b, page_member(p, one, "value"));
		if (unit.length > 0)
			buf_add_format(&b, " %.*s", SLICE_ARG(unit));
	}
	shown = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	json_decref(list);
	return shown;
}

/* A column's value as people read it. */
static struct slice value_shown(struct page *p, const json_t *field, const char *member)
{
	struct slice name = page_member(p, field, "name"), text = page_member(p, field, member);
	const json_t *value = json_object_get(field, member);

	if (json_is_object(value))
		return words_shown(p, value);
	if (slice_equal(name, S("parameters")))
		return parameters_shown(p, text);
	return slice_equal(name, S("verdict")) ? record_verdict_words(p, text) : text;
}

struct view_records_field *record_fields(struct page *p, const json_t *list, size_t *ret_count)
{
	struct view_records_field *to = room_for(p, list, sizeof(*to), ret_count);

	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *f = json_array_get(list, i);

		to[i] = (struct view_records_field){
			.label = record_field_words(p, page_member(p, f, "name")),
			.value = value_shown(p, f, "value"),
			.is_public = json_is_true(json_object_get(f, "public")),
			.is_private = json_is_false(json_object_get(f, "public")),
		};
	}
	return to;
}

static void fill_changes(struct page *p, const json_t *list, struct view_records_version *version)
{
	struct view_records_change *to = room_for(p, list, sizeof(*to), &version->changes_count);

	for (size_t i = 0; i < version->changes_count; i++) {
		const json_t *c = json_array_get(list, i);

		to[i] = (struct view_records_change){
			.label = record_field_words(p, page_member(p, c, "name")),
			.before = value_shown(p, c, "before"),
			.after = value_shown(p, c, "after"),
		};
	}
	version->changes = to;
}

struct view_records_version *record_history(struct page *p, const json_t *record, size_t *ret_count)
{
	const json_t *list = json_object_get(record, "history");
	const char *kind = json_string_value(json_object_get(record, "kind"));
	struct view_records_version *to = room_for(p, list, sizeof(*to), ret_count);
	bool withdrawn = json_is_true(json_object_get(record, "withdrawn"));

	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *h = json_array_get(list, i), *id = json_object_get(h, "id");
		bool here = json_equal(id, json_object_get(record, "id")) != 0;

		to[i] = (struct view_records_version){
			.link = here ? S("") : record_link(p, kind, id),
			.id = page_member(p, h, "id"),
			.when = record_moment(p, h, "recorded_at"),
			.by = record_by(p, h),
			.source = record_source(p, h),
			.current = i == 0 && !withdrawn,
			.withdrawn = json_is_true(json_object_get(h, "withdrawn")),
			.first = i + 1 == *ret_count,
		};
		fill_changes(p, json_object_get(h, "changes"), &to[i]);
	}
	return to;
}

static struct slice input_key(struct page *p, const json_t *i)
{
	struct slice supplier = page_member(p, i, "supplier_name");

	if (json_is_string(json_object_get(i, "input_gtin")))
		return page_format(p, "%.14s · %.60s",
				   json_string_value(json_object_get(i, "input_gtin")),
				   json_string_value(json_object_get(i, "input_lot")));
	if (supplier.length == 0)
		supplier = page_member(p, i, "supplier");
	return page_format(p, "%.*s · %.200s · %.200s",
			   (int)(supplier.length > 300 ? 300 : supplier.length),
			   supplier.data == NULL ? "" : supplier.data,
			   json_string_value(json_object_get(i, "material")),
			   json_string_value(json_object_get(i, "input_lot")));
}

struct view_records_input *record_inputs(struct page *p, const json_t *list, size_t *ret_count)
{
	struct view_records_input *to = room_for(p, list, sizeof(*to), ret_count);

	for (size_t k = 0; k < *ret_count; k++) {
		const json_t *i = json_array_get(list, k);
		json_int_t others = json_integer_value(json_object_get(i, "other_lots"));
		struct slice quantity = page_member(p, i, "quantity");
		struct slice unit = page_member(p, i, "unit");

		to[k] = (struct view_records_input){
			.link = record_link(p, json_string_value(json_object_get(i, "record_kind")),
					    json_object_get(i, "record")),
			.key = input_key(p, i),
			.name = page_member(p, i, "name"),
			.quantity = page_format(p, "%.60s %.60s",
						quantity.data == NULL ? "" : quantity.data,
						unit.data == NULL ? "" : unit.data),
			.others = others > 100 ? S("100+") : page_member(p, i, "other_lots"),
		};
	}
	return to;
}

struct view_records_recall *record_recalls(struct page *p, const json_t *list, size_t *ret_count)
{
	struct view_records_recall *to = room_for(p, list, sizeof(*to), ret_count);

	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *r = json_array_get(list, i);

		to[i] = (struct view_records_recall){
			.lot = page_member(p, r, "lot"),
			.when = record_moment(p, r, "since"),
			.reason = page_member(p, r, "reason"),
		};
	}
	return to;
}

void query_add(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.length; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    c == '-' || c == '.' || c == '_' || c == '~')
			buf_add_char(out, (char)c);
		else
			buf_add_format(out, "%%%02X", c);
	}
}

struct slice query_link(struct arena *memory, const char *path, const struct query_pair *pairs)
{
	char separator = '?';
	struct slice link;
	struct buf b;

	buf_init(&b, 1 << 16);
	buf_add_string(&b, path);
	for (; pairs->name != NULL; pairs++) {
		if (pairs->value.length == 0)
			continue;
		buf_add_format(&b, "%c%s=", separator, pairs->name);
		query_add(&b, pairs->value);
		separator = '&';
	}
	link = arena_copy(memory, buf_slice(&b));
	buf_release(&b);
	return link;
}
