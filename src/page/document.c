/* Reads the public documents, defensively: JSON in, plain structs out, nothing half-read. */
#include "page/document.h"

#include <jansson.h>

#include "base/hex.h"
#include "model/verdict.h"

/* BCP 47, private use: the text is the code of a country. */
#define COUNTRY_TAG "x-country"

enum {
	SOURCE_MAX = 4 << 20,
	LIST_MAX = 1000,
	DECIMAL_MAX = 40,
	COUNT_MAX = 100000000, /* pixels of a side, bytes of a file */
	TAG_MAX = 35,
};

/* --- the shapes --------------------------------------------------------------------------------
 */

#define MEMBER(type, field, json_name, member_kind)                                            \
	{                                                                                      \
		.name = json_name, .kind = member_kind, .offset = offsetof(struct type, field) \
	}
#define INNER(type, field, json_name, member_kind, inner)                                       \
	{                                                                                       \
		.name = json_name, .kind = member_kind, .offset = offsetof(struct type, field), \
		.shape = &inner                                                                 \
	}
#define SHAPE(type, has_heading)                                         \
	{                                                                \
		.size = sizeof(struct type), .members = type##_members,  \
		.count = COUNT_OF(type##_members), .headed = has_heading \
	}

/* MEMBER_LIST counts on it. */
#define COUNT_BEHIND(type, list, list_count)                             \
	_Static_assert(offsetof(struct type, list_count) ==              \
			   offsetof(struct type, list) + sizeof(void *), \
		       #list_count " stands elsewhere")
COUNT_BEHIND(step, parameters, parameter_count);
COUNT_BEHIND(product, materials, material_count);
COUNT_BEHIND(product, papers, paper_count);
COUNT_BEHIND(lot, materials, material_count);
COUNT_BEHIND(lot, inputs, input_count);
COUNT_BEHIND(lot, steps, step_count);
COUNT_BEHIND(lot, inspections, inspection_count);
COUNT_BEHIND(lot, papers, paper_count);

static const struct member quantity_members[] = {
	MEMBER(quantity, value, "value", MEMBER_DECIMAL),
	MEMBER(quantity, unit, "unit", MEMBER_STRING),
};
static const struct shape shape_quantity = SHAPE(quantity, false);

static const struct member contact_members[] = {
	MEMBER(contact, phone, "phone", MEMBER_STRING),
	MEMBER(contact, email, "email", MEMBER_STRING),
	MEMBER(contact, url, "url", MEMBER_STRING),
};
static const struct shape shape_contact = SHAPE(contact, false);

static const struct member photo_members[] = {
	MEMBER(photo, sha256, "sha256", MEMBER_DIGEST),
	MEMBER(photo, width, "width", MEMBER_COUNT),
	MEMBER(photo, height, "height", MEMBER_COUNT),
};
static const struct shape shape_photo = SHAPE(photo, false);

static const struct member brand_members[] = {
	MEMBER(brand, name, "name", MEMBER_WORDS),
	INNER(brand, contact, "contact", MEMBER_OBJECT, shape_contact),
	MEMBER(brand, accent, "accent", MEMBER_STRING),
	MEMBER(brand, motto, "motto", MEMBER_WORDS),
	MEMBER(brand, about, "about", MEMBER_WORDS),
	INNER(brand, logo, "logo", MEMBER_OBJECT, shape_photo),
};
const struct shape shape_brand = SHAPE(brand, false);

static const struct member material_members[] = {
	MEMBER(material, name, "name", MEMBER_WORDS),
	MEMBER(material, country, "country", MEMBER_STRING),
	MEMBER(material, share, "share", MEMBER_DECIMAL),
	MEMBER(material, recycled_share, "recycled_share", MEMBER_DECIMAL),
	MEMBER(material, hazard, "hazard", MEMBER_WORDS),
	MEMBER(material, supplier, "supplier", MEMBER_WORDS),
};
static const struct shape shape_material = SHAPE(material, true);

static const struct member input_members[] = {
	MEMBER(input, name, "name", MEMBER_WORDS),
	MEMBER(input, country, "country", MEMBER_STRING),
	MEMBER(input, supplier, "supplier", MEMBER_WORDS),
	MEMBER(input, lot, "lot", MEMBER_STRING),
	INNER(input, quantity, "quantity", MEMBER_OBJECT, shape_quantity),
	MEMBER(input, received_on, "received_on", MEMBER_DATE),
};
static const struct shape shape_input = SHAPE(input, true);

static const struct member parameter_members[] = {
	MEMBER(parameter, name, "name", MEMBER_WORDS),
	MEMBER(parameter, value, "value", MEMBER_STRING),
	MEMBER(parameter, unit, "unit", MEMBER_STRING),
};
static const struct shape shape_parameter = SHAPE(parameter, true);

static const struct member span_members[] = {
	MEMBER(span, from, "from", MEMBER_TIME),
	MEMBER(span, to, "to", MEMBER_TIME),
};
static const struct shape shape_span = SHAPE(span, false);

static const struct member step_members[] = {
	MEMBER(step, name, "name", MEMBER_WORDS),
	INNER(step, time, "time", MEMBER_OBJECT, shape_span),
	MEMBER(step, place, "place", MEMBER_WORDS),
	INNER(step, parameters, "parameters", MEMBER_LIST, shape_parameter),
};
static const struct shape shape_step = SHAPE(step, true);

static const struct member reading_members[] = {
	MEMBER(reading, number, "number", MEMBER_DECIMAL),
	MEMBER(reading, text, "text", MEMBER_STRING),
	MEMBER(reading, unit, "unit", MEMBER_STRING),
	MEMBER(reading, verdict, "verdict", MEMBER_VERDICT),
};
static const struct shape shape_reading = SHAPE(reading, false);

static const struct member limits_members[] = {
	MEMBER(limits, lower, "lower", MEMBER_DECIMAL),
	MEMBER(limits, upper, "upper", MEMBER_DECIMAL),
	MEMBER(limits, unit, "unit", MEMBER_STRING),
};
static const struct shape shape_limits = SHAPE(limits, false);

static const struct member inspection_members[] = {
	MEMBER(inspection, test, "test", MEMBER_WORDS),
	MEMBER(inspection, method, "method", MEMBER_STRING),
	INNER(inspection, value, "value", MEMBER_OBJECT, shape_reading),
	INNER(inspection, limits, "limits", MEMBER_OBJECT, shape_limits),
	MEMBER(inspection, verdict, "verdict", MEMBER_VERDICT),
	MEMBER(inspection, time, "time", MEMBER_TIME),
	MEMBER(inspection, laboratory, "laboratory", MEMBER_WORDS),
	MEMBER(inspection, instrument, "instrument", MEMBER_STRING),
	MEMBER(inspection, certificate, "certificate", MEMBER_STRING),
};
static const struct shape shape_inspection = SHAPE(inspection, true);

static const struct member paper_file_members[] = {
	MEMBER(paper_file, sha256, "sha256", MEMBER_DIGEST),
	MEMBER(paper_file, type, "type", MEMBER_STRING),
	MEMBER(paper_file, bytes, "bytes", MEMBER_COUNT),
};
static const struct shape shape_paper_file = SHAPE(paper_file, false);

static const struct member paper_members[] = {
	MEMBER(paper, title, "title", MEMBER_WORDS),
	MEMBER(paper, kind, "kind", MEMBER_STRING),
	MEMBER(paper, issuer, "issuer", MEMBER_WORDS),
	MEMBER(paper, issued_on, "issued_on", MEMBER_DATE),
	MEMBER(paper, sha256, "sha256", MEMBER_DIGEST),
	INNER(paper, file, "file", MEMBER_OBJECT, shape_paper_file),
};
static const struct shape shape_paper = SHAPE(paper, true);

static const struct member product_members[] = {
	MEMBER(product, gtin, "gtin", MEMBER_STRING),
	MEMBER(product, updated, "updated", MEMBER_TIME),
	MEMBER(product, name, "name", MEMBER_WORDS),
	MEMBER(product, description, "description", MEMBER_WORDS),
	MEMBER(product, category, "category", MEMBER_WORDS),
	MEMBER(product, ingredients, "ingredients", MEMBER_WORDS),
	MEMBER(product, net_content, "net_content", MEMBER_STRING),
	MEMBER(product, origin_country, "origin_country", MEMBER_STRING),
	MEMBER(product, origin_place, "origin_place", MEMBER_WORDS),
	MEMBER(product, responsible, "responsible", MEMBER_WORDS),
	MEMBER(product, care, "care", MEMBER_WORDS),
	INNER(product, photo, "photo", MEMBER_OBJECT, shape_photo),
	INNER(product, materials, "materials", MEMBER_LIST, shape_material),
	INNER(product, papers, "documents", MEMBER_LIST, shape_paper),
};
const struct shape shape_product = SHAPE(product, false);

static const struct member lot_members[] = {
	MEMBER(lot, updated, "updated", MEMBER_TIME),
	MEMBER(lot, lot, "lot", MEMBER_STRING),
	MEMBER(lot, produced_on, "produced_on", MEMBER_DATE),
	MEMBER(lot, best_before, "best_before", MEMBER_DATE),
	MEMBER(lot, facility, "facility", MEMBER_WORDS),
	MEMBER(lot, country, "country", MEMBER_STRING),
	MEMBER(lot, place, "place", MEMBER_WORDS),
	INNER(lot, quantity, "quantity", MEMBER_OBJECT, shape_quantity),
	INNER(lot, materials, "materials", MEMBER_LIST, shape_material),
	INNER(lot, inputs, "inputs", MEMBER_LIST, shape_input),
	INNER(lot, steps, "steps", MEMBER_LIST, shape_step),
	INNER(lot, inspections, "inspections", MEMBER_LIST, shape_inspection),
	INNER(lot, papers, "documents", MEMBER_LIST, shape_paper),
};
const struct shape shape_lot = SHAPE(lot, false);

/* --- single values -----------------------------------------------------------------------------
 */

struct reader {
	struct arena *memory;
	unsigned language;
};

static bool read_string(struct reader *r, const json_t *json, struct slice *ret_string)
{
	struct slice copy;

	if (!json_is_string(json))
		return false;
	copy = arena_copy(r->memory,
			  (struct slice){ json_string_value(json), json_string_length(json) });
	*ret_string = copy;
	return copy.data != NULL;
}

static size_t digits(struct slice s, size_t at)
{
	size_t n = 0;

	while (at + n < s.length && s.data[at + n] >= '0' && s.data[at + n] <= '9')
		n++;
	return n;
}

/* "-12.50"; no exponent, at most DECIMAL_MAX characters. */
static bool is_decimal(struct slice s)
{
	size_t at = s.length > 0 && s.data[0] == '-' ? 1 : 0;
	size_t whole = digits(s, at), fraction;

	if (whole == 0 || s.length > DECIMAL_MAX)
		return false;
	at += whole;
	if (at == s.length)
		return true;
	fraction = digits(s, at + 1);
	return s.data[at] == '.' && fraction > 0 && at + 1 + fraction == s.length;
}

/* "2026-09-01", "2026-09" or "2026". */
static bool is_date(struct slice s)
{
	char whole[] = "0000-01-01";
	struct date unused;

	if (s.length != 4 && s.length != 7 && s.length != 10)
		return false;
	memcpy(whole, s.data, s.length);
	return date_parse(slice_of(whole), &unused);
}

static bool two_digits_below(struct slice s, size_t at, uint64_t limit)
{
	uint64_t value;

	return slice_to_u64((struct slice){ s.data + at, 2 }, &value) && value < limit;
}

/* RFC 3339: "2026-09-01T08:30:00+08:00", a fraction of the second and "Z" too; or only a date. */
static bool is_time(struct slice s)
{
	size_t at = 19;

	if (s.length <= 10)
		return is_date(s);
	if (s.length < 20 || s.length > 40 || !is_date((struct slice){ s.data, 10 }) ||
	    (s.data[10] != 'T' && s.data[10] != ' ') || s.data[13] != ':' || s.data[16] != ':' ||
	    !two_digits_below(s, 11, 24) || !two_digits_below(s, 14, 60) ||
	    !two_digits_below(s, 17, 61))
		return false;
	if (s.data[at] == '.')
		at += 1 + digits(s, at + 1);
	if (at + 1 == s.length)
		return s.data[at] == 'Z';
	return at + 6 == s.length && (s.data[at] == '+' || s.data[at] == '-') &&
	       two_digits_below(s, at + 1, 24) && s.data[at + 3] == ':' &&
	       two_digits_below(s, at + 4, 60);
}

static bool is_digest(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (hex_value(s.data[i]) < 0)
			return false;
	return s.length == 64;
}

static bool is_verdict(struct slice s)
{
	return slice_equal(s, S("pass")) || slice_equal(s, S("fail")) ||
	       slice_equal(s, S("missing")) || slice_equal(s, S("information"));
}

static bool is_of_kind(enum member_kind kind, struct slice s)
{
	switch (kind) {
	case MEMBER_DATE:
		return is_date(s);
	case MEMBER_TIME:
		return is_time(s);
	case MEMBER_DECIMAL:
		return is_decimal(s);
	case MEMBER_DIGEST:
		return is_digest(s);
	case MEMBER_VERDICT:
		return is_verdict(s);
	default:
		return true;
	}
}

/* --- words -------------------------------------------------------------------------------------
 */

static bool is_tag(struct slice s)
{
	for (size_t i = 0; i < s.length; i++) {
		char c = s.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '-')
			return false;
	}
	return s.length > 0 && s.length <= TAG_MAX;
}

static struct slice primary(struct slice tag)
{
	tag.length = slice_find(tag, '-');
	return tag;
}

/* Words that are a country's code alone: its name in the reader's language. */
static bool read_country(struct reader *r, const json_t *json, struct words *ret_words)
{
	struct slice code;

	if (!read_string(r, json, &code) || code.length != 2)
		return false;
	*ret_words = (struct words){ .text = country_name(r->language, code) };
	return true;
}

/* How well a text in `tag` serves a reader of `wanted`; smaller is better. */
static unsigned distance(struct slice tag, struct slice wanted)
{
	if (slice_equal_nocase(tag, wanted))
		return 0;
	if (slice_equal_nocase(primary(tag), primary(wanted)))
		return 1;
	if (slice_equal(tag, S("und")))
		return 2;
	if (slice_equal_nocase(primary(tag), S("en")))
		return 3;
	return 4;
}

static bool read_words(struct reader *r, const json_t *json, struct words *ret_words)
{
	struct slice wanted = slice_of(page_languages[r->language]), best_tag = { NULL, 0 };
	const json_t *best = NULL;
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return false;
	if (json_object_size(json) == 1 && json_object_get(json, COUNTRY_TAG) != NULL)
		return read_country(r, json_object_get(json, COUNTRY_TAG), ret_words);
	json_object_foreach((json_t *)json, key, value)
	{
		struct slice tag = slice_of(key);

		if (!is_tag(tag) || !json_is_string(value))
			return false;
		if (json_string_length(value) > 0 &&
		    (best == NULL || distance(tag, wanted) < distance(best_tag, wanted))) {
			best = value;
			best_tag = tag;
		}
	}
	*ret_words = (struct words){ { NULL, 0 }, { NULL, 0 } };
	if (best == NULL)
		return true;
	if (distance(best_tag, wanted) > 1)
		ret_words->lang = arena_copy(r->memory, best_tag);
	return read_string(r, best, &ret_words->text);
}

/* --- objects and lists -------------------------------------------------------------------------
 */

static bool read_object(struct reader *r, const json_t *json, const struct shape *shape, void *out);

static bool has_heading(const struct shape *shape, const void *entry)
{
	const struct words *first = entry;

	return !shape->headed || first->text.length > 0;
}

static bool read_list(struct reader *r, const json_t *json, const struct shape *shape, void *place)
{
	size_t length = json_array_size(json), count = 0;
	char *entries;

	if (!json_is_array(json) || length > LIST_MAX)
		return false;
	entries = arena_array(r->memory, length + 1, shape->size);
	if (entries == NULL)
		return false;
	for (size_t i = 0; i < length; i++) {
		char *entry = entries + count * shape->size;

		memset(entry, 0, shape->size);
		if (!read_object(r, json_array_get(json, i), shape, entry))
			return false;
		count += has_heading(shape, entry);
	}
	memcpy(place, &entries, sizeof(entries));
	memcpy((char *)place + sizeof(entries), &count, sizeof(count));
	return true;
}

static bool read_count(const json_t *json, void *place)
{
	json_int_t value = json_integer_value(json);
	uint64_t count = (uint64_t)value;

	if (!json_is_integer(json) || value < 1 || value > COUNT_MAX)
		return false;
	memcpy(place, &count, sizeof(count));
	return true;
}

static bool read_member(struct reader *r, const json_t *json, const struct member *m, void *place)
{
	struct slice string;

	switch (m->kind) {
	case MEMBER_WORDS:
		return read_words(r, json, place);
	case MEMBER_OBJECT:
		return read_object(r, json, m->shape, place);
	case MEMBER_LIST:
		return read_list(r, json, m->shape, place);
	case MEMBER_COUNT:
		return read_count(json, place);
	default:
		if (!read_string(r, json, &string) || !is_of_kind(m->kind, string))
			return false;
		memcpy(place, &string, sizeof(string));
		return true;
	}
}

static bool read_object(struct reader *r, const json_t *json, const struct shape *shape, void *out)
{
	if (!json_is_object(json))
		return false;
	for (size_t i = 0; i < shape->count; i++) {
		const struct member *m = &shape->members[i];
		const json_t *value = json_object_get(json, m->name);

		if (value != NULL && !json_is_null(value) &&
		    !read_member(r, value, m, (char *)out + m->offset))
			return false;
	}
	return true;
}

/* --- leaving out what is hidden ----------------------------------------------------------------
 */

static void hide_in_array(json_t *document, enum section section, const char *member, bool heading)
{
	json_t *array = json_object_get(document, section_member(section));

	if (heading) {
		(void)json_object_del(document, section_member(section));
		return;
	}
	for (size_t i = 0; i < json_array_size(array); i++)
		(void)json_object_del(json_array_get(array, i), member);
}

/* `own` is SECTION_PRODUCT or SECTION_LOT: which document this is. */
static void hide(json_t *document, enum section own, field_set hidden)
{
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		const struct field_description *d = field_describe(f);

		if ((hidden & field_bit(f)) == 0)
			continue;
		if (d->section == own)
			(void)json_object_del(document, d->member);
		else if (section_member(d->section) != NULL)
			hide_in_array(document, d->section, d->member, d->heading);
	}
}

/* --- the documents -----------------------------------------------------------------------------
 */

static json_t *load(struct slice text)
{
	if (text.length > SOURCE_MAX)
		return NULL;
	return json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
}

/* An empty text is a document in which nothing stands. */
static bool read_document(struct reader *r, struct slice text, enum section own, field_set hidden,
			  const struct shape *shape, void *out)
{
	json_t *json;
	bool ok;

	if (text.length == 0)
		return true;
	json = load(text);
	if (json == NULL)
		return false;
	if (own != SECTION_COUNT)
		hide(json, own, hidden);
	ok = read_object(r, json, shape, out);
	json_decref(json);
	return ok && !r->memory->failed;
}

/* A value that is told as a verdict alone is one. */
static void tell_verdict(struct inspection *i)
{
	if (i->verdict.length == 0)
		i->verdict = i->value.verdict;
	i->value.verdict = (struct slice){ NULL, 0 };
}

bool document_read(struct arena *memory, const struct document_source *source, unsigned language,
		   struct document *ret_document)
{
	struct reader r = { .memory = memory, .language = language };
	struct document d = { 0 };

	if (!read_document(&r, source->brand, SECTION_COUNT, 0, &shape_brand, &d.brand) ||
	    !read_document(&r, source->product, SECTION_PRODUCT, source->hidden, &shape_product,
			   &d.product) ||
	    !read_document(&r, source->lot, SECTION_LOT, source->hidden, &shape_lot, &d.lot))
		return false;
	for (size_t i = 0; i < d.lot.inspection_count; i++)
		tell_verdict(&d.lot.inspections[i]);
	if (d.lot.material_count > 0)
		d.product.material_count = 0;
	*ret_document = d;
	return true;
}

/* Times with one offset compare as text; between offsets a few hours do no harm here. */
struct slice document_updated(const struct document *d)
{
	struct slice a = d->product.updated, b = d->lot.updated;
	size_t n = a.length < b.length ? a.length : b.length;

	if (n == 0)
		return a.length == 0 ? b : a;
	return memcmp(a.data, b.data, n) >= 0 ? a : b;
}

bool words_read(struct arena *memory, struct slice json, unsigned language, struct words *ret_words)
{
	struct reader r = { .memory = memory, .language = language };
	json_t *tree = load(json);
	bool ok = tree != NULL && read_words(&r, tree, ret_words) && !memory->failed;

	json_decref(tree);
	return ok;
}
