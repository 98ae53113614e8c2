/* Words and parts of records for the pages that show them. */
#include <stdarg.h>

#include "page/term.h"
#include "web/console_records.h"

enum { FORMAT_MOST = 4096 };

static const struct {
	const char *name;
	enum text text, one, about;
} kinds[] = {
#define RECORD_KIND(name) \
	{ #name, TEXT_records_kind_##name, TEXT_records_one_##name, TEXT_records_about_##name },
#define RECORD_FIELD(name, input, hint, group)
#include "web/console_records.def"
#undef RECORD_KIND
#undef RECORD_FIELD
};

enum input { INPUT_TEXT, INPUT_LINES };

static const struct {
	const char *name;
	enum text text, hint;
	enum input input;
	enum record_group group;
} fields[] = {
#define RECORD_KIND(name)
#define RECORD_FIELD(name, input, hint, group) \
	{ #name, TEXT_records_field_##name, TEXT_##hint, INPUT_##input, RECORD_GROUP_##group },
#include "web/console_records.def"
#undef RECORD_KIND
#undef RECORD_FIELD
};

static const struct {
	const char *name;
	enum text text;
} languages[] = {
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

struct slice record_one_words(struct page *p, struct slice kind)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (slice_equal(kind, slice_of(kinds[i].name)))
			return text_in(p->writer.language, kinds[i].one);
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

struct slice record_language_words(struct page *p, struct slice tag)
{
	for (size_t i = 0; i < COUNT_OF(languages); i++)
		if (slice_equal(tag, slice_of(languages[i].name)))
			return text_in(p->writer.language, languages[i].text);
	return tag;
}

enum record_group record_field_group(struct slice field)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (slice_equal(field, slice_of(fields[i].name)))
			return fields[i].group;
	return RECORD_GROUP_SAYS;
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
	return page_minute(p, page_member(p, object, member));
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

struct view_records_row *record_rows(struct page *p, const json_t *list, const char *kind,
				     size_t *ret_count)
{
	struct view_records_row *to = record_room(p, list, sizeof(*to), ret_count);

	for (size_t i = 0; i < *ret_count; i++) {
		const json_t *r = json_array_get(list, i);
		const char *own = json_string_value(json_object_get(r, "kind"));
		struct slice verdict = page_member(p, r, "verdict");

		to[i] = (struct view_records_row){
			.link = record_link(p, own == NULL ? kind : own, json_object_get(r, "id")),
			.key = page_member(p, r, own == NULL ? "says" : "key"),
			.product = page_words(p, json_object_get(r, "product")),
			.says = own == NULL ? S("") : page_member(p, r, "says"),
			.when = record_moment(p, r, own == NULL ? "at" : "recorded_at"),
			.by = record_by(p, r),
			.verdict = term_verdict(p->writer.language, verdict),
			.good = slice_equal(verdict, S("pass")),
			.bad = slice_equal(verdict, S("fail")),
			.corrected = json_is_integer(json_object_get(r, "corrects")),
			.withdrawn = json_is_true(json_object_get(r, "withdrawn")),
		};
	}
	return to;
}

bool record_has_name(struct slice kind)
{
	return record_kind_known(kind) && !slice_equal(kind, S("lot")) &&
	       !slice_equal(kind, S("lot_input"));
}

void record_rows_by_name(struct view_records_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct slice key = rows[i].key;

		if (rows[i].says.length == 0)
			continue;
		rows[i].key = rows[i].says;
		rows[i].says = key;
	}
}

struct view_records_version *record_history(struct page *p, const json_t *record, size_t *ret_count)
{
	const json_t *list = json_object_get(record, "history");
	const char *kind = json_string_value(json_object_get(record, "kind"));
	struct view_records_version *to = record_room(p, list, sizeof(*to), ret_count);
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
		to[i].changes =
		    record_changes(p, record, json_object_get(h, "changes"), &to[i].changes_count);
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
	struct view_records_input *to = record_room(p, list, sizeof(*to), ret_count);

	for (size_t k = 0; k < *ret_count; k++) {
		const json_t *i = json_array_get(list, k);
		json_int_t others = json_integer_value(json_object_get(i, "other_lots"));
		struct slice quantity = page_member(p, i, "quantity");
		struct slice unit = page_member(p, i, "unit");
		struct slice gtin = page_member(p, i, "input_gtin");

		to[k] = (struct view_records_input){
			.link = record_link(p, json_string_value(json_object_get(i, "record_kind")),
					    json_object_get(i, "record")),
			.key = input_key(p, i),
			.name = gtin.length > 0 ? page_product(p, gtin) : page_member(p, i, "name"),
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
	struct view_records_recall *to = record_room(p, list, sizeof(*to), ret_count);

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
