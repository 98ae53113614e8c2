/* Suyuan's own JSON: the documents' fields, told by their shapes. */
#include "page/json.h"

static struct slice slice_at(const void *place)
{
	struct slice s;

	memcpy(&s, place, sizeof(s));
	return s;
}

static void print_object(struct writer *w, const struct shape *shape, const void *object);

static void print_list(struct writer *w, const struct shape *shape, const void *place)
{
	const char *entries;
	size_t count;

	memcpy(&entries, place, sizeof(entries));
	memcpy(&count, (const char *)place + sizeof(entries), sizeof(count));
	buf_add_char(w->out, '[');
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(w->out, ',');
		print_object(w, shape, entries + i * shape->size);
	}
	buf_add_char(w->out, ']');
}

static bool is_empty_object(const struct shape *shape, const void *object);

static uint64_t count_at(const void *place)
{
	uint64_t count;

	memcpy(&count, place, sizeof(count));
	return count;
}

static bool is_empty_member(const struct member *m, const void *place)
{
	size_t count;

	switch (m->kind) {
	case MEMBER_OBJECT:
		return is_empty_object(m->shape, place);
	case MEMBER_LIST:
		memcpy(&count, (const char *)place + sizeof(void *), sizeof(count));
		return count == 0;
	case MEMBER_COUNT:
		return count_at(place) == 0;
	default:
		return slice_at(place).length == 0; /* words begin with their text */
	}
}

static bool is_empty_object(const struct shape *shape, const void *object)
{
	for (size_t i = 0; i < shape->count; i++)
		if (!is_empty_member(&shape->members[i],
				     (const char *)object + shape->members[i].offset))
			return false;
	return true;
}

static void print_object(struct writer *w, const struct shape *shape, const void *object)
{
	bool first = true;

	buf_add_char(w->out, '{');
	for (size_t i = 0; i < shape->count; i++) {
		const struct member *m = &shape->members[i];
		const char *place = (const char *)object + m->offset;

		if (is_empty_member(m, place))
			continue;
		if (!first)
			buf_add_char(w->out, ',');
		first = false;
		buf_add_format(w->out, "\"%s\":", m->name);
		if (m->kind == MEMBER_OBJECT)
			print_object(w, m->shape, place);
		else if (m->kind == MEMBER_LIST)
			print_list(w, m->shape, place);
		else if (m->kind == MEMBER_COUNT)
			buf_add_u64(w->out, count_at(place));
		else
			print(w, IN_JSON, slice_at(place));
	}
	buf_add_char(w->out, '}');
}

static void print_pair(struct writer *w, bool *first, const char *name, struct slice value)
{
	if (value.length == 0)
		return;
	buf_add_format(w->out, "%s\"%s\":", *first ? "" : ",", name);
	*first = false;
	print(w, IN_JSON, value);
}

static void print_number(struct writer *w, bool *first, const char *name, uint64_t value)
{
	if (value == 0)
		return;
	buf_add_format(w->out, "%s\"%s\":", *first ? "" : ",", name);
	buf_add_u64(w->out, value);
	*first = false;
}

static void print_flag(struct writer *w, bool *first, const char *name)
{
	buf_add_format(w->out, "%s\"%s\":true", *first ? "" : ",", name);
	*first = false;
}

const char *json_pin_state(const struct view_answer *a)
{
	if (a->PIN_ASKED)
		return "asked";
	if (a->PIN_BUSY)
		return "busy";
	if (a->PIN_WRONG)
		return "wrong";
	if (a->PIN_RIGHT)
		return "right";
	return a->PIN_LOCKED ? "locked" : "opened";
}

static void print_pin(struct writer *w, bool *first, const struct view_answer *a)
{
	bool within = true;

	if (!a->pin)
		return;
	buf_add_format(w->out, "%s\"pin\":{", *first ? "" : ",");
	print_pair(w, &within, "state", slice_of(json_pin_state(a)));
	print_number(w, &within, "tries_left", a->pin_left);
	print_pair(w, &within, "opened", a->pin_opened_iso);
	buf_add_char(w->out, '}');
	*first = false;
}

void json_print_item(struct writer *w, const struct view_answer *a)
{
	bool first = true;

	buf_add_format(w->out, "{\"suyuan\":1,\"language\":\"%s\",\"verdict\":{",
		       page_languages[w->language]);
	print_pair(w, &first, "code", a->code);
	print_pair(w, &first, "text", a->sentence);
	print_pair(w, &first, "since", a->since_iso);
	print_pair(w, &first, "reason", a->reason.text);
	if (a->mistyped_at > 0)
		buf_add_format(w->out, ",\"position\":%llu", (unsigned long long)a->mistyped_at);
	if (a->age_minutes > 0)
		buf_add_format(w->out, ",\"stored_minutes\":%llu",
			       (unsigned long long)a->age_minutes);
	buf_add_string(w->out, "},\"item\":{");
	first = true;
	print_pair(w, &first, "gtin", a->gtin);
	print_pair(w, &first, "serial", a->serial);
	print_pair(w, &first, "uri", a->uri);
	print_number(w, &first, "visits", a->visits);
	print_pair(w, &first, "first_seen", a->first_seen_iso);
	if (a->many_visits)
		print_flag(w, &first, "many_visits");
	print_pin(w, &first, a);
	buf_add_char(w->out, '}');
}

void json_print_shared(struct writer *w, const struct document *d)
{
	struct brand brand = d->brand;
	bool first = false;

	brand.accent = (struct slice){ NULL, 0 }; /* how the page looks is no fact */
	print_pair(w, &first, "updated", document_updated(d));
	buf_add_string(w->out, ",\"brand\":");
	print_object(w, &shape_brand, &brand);
	buf_add_string(w->out, ",\"product\":");
	print_object(w, &shape_product, &d->product);
	buf_add_string(w->out, ",\"lot\":");
	print_object(w, &shape_lot, &d->lot);
	buf_add_char(w->out, '}');
}
