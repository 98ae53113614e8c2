/* Writes linksets: links grouped by their types under each subject. */
#include "page/linkset.h"

#include "model/link_choice.h"
#include "page/sheet.h"

#define CONTEXT	  "https://ref.gs1.org/standards/resolver/linkset-context"
#define PAGE_TYPE LINK_TYPE_STEM "pip"

static bool stands_here(const struct linkset_place *p, const struct link *link)
{
	return (p->levels >> link->level & 1) != 0;
}

/* The default link of a place: of its lowest level that has one. NULL: it has none, or our page. */
static const struct link *default_of(const struct link *links, size_t count,
				     const struct linkset_place *p)
{
	const struct link *found = NULL;

	for (size_t i = 0; i < count && !p->has_page; i++)
		if (links[i].role == LINK_DEFAULT && stands_here(p, &links[i]) &&
		    (found == NULL || links[i].level > found->level))
			found = &links[i];
	return found;
}

bool linkset_has(const struct link *links, size_t count, const struct linkset_place *place)
{
	for (size_t i = 0; i < count; i++)
		if (stands_here(place, &links[i]))
			return true;
	return place->has_page;
}

/* --- JSON ------------------------------------------------------------------------------------ */

struct maker {
	struct writer w;
	const struct link *links;
	size_t count;
};

static void add(struct maker *m, const char *json)
{
	buf_add_string(m->w.out, json);
}

static void add_member(struct maker *m, const char *name, struct slice text)
{
	add(m, name);
	print(&m->w, IN_JSON, text);
}

static void add_list(struct maker *m, const char *name, struct slice list)
{
	struct slice one;

	if (list.length == 0)
		return;
	add(m, name);
	while (slice_cut(&list, ' ', &one)) {
		print(&m->w, IN_JSON, one);
		add(m, list.length > 0 ? "," : "]");
	}
}

/* The languages that the schema can hold, parted by blanks. */
static struct slice shown_languages(struct slice list, struct link_list_text *room)
{
	size_t length = 0;
	struct slice tag;
	char shown[6];

	while (slice_cut(&list, ' ', &tag)) {
		if (!link_language_shown(tag, shown))
			continue;
		length += (size_t)snprintf(room->text + length, sizeof(room->text) - length, "%s%s",
					   length > 0 ? " " : "", shown);
	}
	return (struct slice){ room->text, length };
}

static void add_link(struct maker *m, const struct link *link)
{
	struct link_list_text room;

	add_member(m, "{\"href\":", link->href);
	add_member(m, ",\"title\":", link->title);
	if (link->media_type.length > 0)
		add_member(m, ",\"type\":", link->media_type);
	add_list(m, ",\"hreflang\":[", shown_languages(link->hreflang, &room));
	add_list(m, ",\"context\":[", link->context);
	add(m, "}");
}

/* Only where it goes: it has its full entry under its own type. */
static void add_default(struct maker *m, struct slice href, struct slice title)
{
	add_member(m, ",\"" LINK_TYPE_STEM "defaultLink\":[{\"href\":", href);
	add_member(m, ",\"title\":", title);
	add(m, "}]");
}

static void add_multi(struct maker *m, const struct linkset_place *p)
{
	const char *before = ",\"" LINK_TYPE_STEM "defaultLinkMulti\":[";

	for (size_t i = 0; i < m->count; i++) {
		if (m->links[i].role != LINK_MULTI || !stands_here(p, &m->links[i]))
			continue;
		add(m, before);
		add_link(m, &m->links[i]);
		before = ",";
	}
	if (*before == ',' && before[1] == '\0')
		add(m, "]");
}

static void open_group(struct maker *m, struct slice type)
{
	add(m, ",");
	print(&m->w, IN_JSON, type);
	add(m, ":[");
}

static void add_page(struct maker *m, const struct linkset_place *p)
{
	add_member(m, "{\"href\":", p->anchor);
	add_member(m, ",\"title\":", p->description);
	add(m, ",\"type\":\"text/html\"}");
}

/* The links of one type, from `first` on; our own page is one of product information. */
static void add_group(struct maker *m, const struct linkset_place *p, size_t first)
{
	struct slice type = m->links[first].type;
	bool is_first = true;

	open_group(m, type);
	if (p->has_page && slice_equal(type, S(PAGE_TYPE))) {
		add_page(m, p);
		is_first = false;
	}
	for (size_t i = first; i < m->count && slice_equal(m->links[i].type, type); i++) {
		if (!stands_here(p, &m->links[i]))
			continue;
		add(m, is_first ? "" : ",");
		add_link(m, &m->links[i]);
		is_first = false;
	}
	add(m, "]");
}

/* Whether a type's first link that stands here is this one. */
static bool begins_group(const struct maker *m, const struct linkset_place *p, size_t i)
{
	for (size_t k = i; k-- > 0 && slice_equal(m->links[k].type, m->links[i].type);)
		if (stands_here(p, &m->links[k]))
			return false;
	return stands_here(p, &m->links[i]);
}

static void add_groups(struct maker *m, const struct linkset_place *p)
{
	bool has_page_type = false;

	for (size_t i = 0; i < m->count; i++) {
		if (!begins_group(m, p, i))
			continue;
		has_page_type |= slice_equal(m->links[i].type, S(PAGE_TYPE));
		add_group(m, p, i);
	}
	if (!p->has_page || has_page_type)
		return;
	open_group(m, S(PAGE_TYPE));
	add_page(m, p);
	add(m, "]");
}

static void add_place(struct maker *m, const struct linkset_place *p)
{
	const struct link *link = default_of(m->links, m->count, p);

	add_member(m, "{\"anchor\":", p->anchor);
	add_member(m, ",\"itemDescription\":", p->description);
	add_groups(m, p);
	if (p->has_page)
		add_default(m, p->anchor, p->description);
	else if (link != NULL)
		add_default(m, link->href, link->title);
	add_multi(m, p);
	add(m, "}");
}

static void write_json(struct maker *m, bool is_ld, const struct linkset_place *places,
		       size_t place_count)
{
	const char *between = "";

	add(m, is_ld ? "{\"@context\":\"" CONTEXT "\",\"linkset\":[" : "{\"linkset\":[");
	for (size_t i = 0; i < place_count; i++) {
		if (!linkset_has(m->links, m->count, &places[i]))
			continue;
		add(m, between);
		add_place(m, &places[i]);
		between = ",\n";
	}
	add(m, "]}\n");
}

/* --- lines of a Link header ------------------------------------------------------------------ */

/* title*=UTF-8''… (RFC 8187). */
static void add_text_title(struct maker *m, struct slice title)
{
	add(m, "; title*=UTF-8''");
	for (size_t i = 0; i < title.length; i++) {
		unsigned char c = (unsigned char)title.data[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
			buf_add_char(m->w.out, (char)c);
		else
			buf_add_format(m->w.out, "%%%02X", c);
	}
}

static void add_text_link(struct maker *m, const struct linkset_place *p, struct slice href,
			  struct slice type, struct slice title)
{
	if (m->w.out->length > 0)
		add(m, ",\n");
	buf_add_format(m->w.out, "<%.*s>; rel=\"%.*s\"; anchor=\"%.*s\"", SLICE_ARG(href),
		       SLICE_ARG(type), SLICE_ARG(p->anchor));
	add_text_title(m, title);
}

static void add_text_entry(struct maker *m, const struct linkset_place *p, const struct link *link,
			   struct slice type)
{
	struct slice list = link->hreflang, tag;

	add_text_link(m, p, link->href, type, link->title);
	while (slice_cut(&list, ' ', &tag))
		buf_add_format(m->w.out, "; hreflang=\"%.*s\"", SLICE_ARG(tag));
	if (link->media_type.length > 0)
		buf_add_format(m->w.out, "; type=\"%.*s\"", SLICE_ARG(link->media_type));
}

static void write_text_place(struct maker *m, const struct linkset_place *p)
{
	const struct link *link = default_of(m->links, m->count, p);

	if (p->has_page) {
		add_text_link(m, p, p->anchor, S(LINK_TYPE_STEM "defaultLink"), p->description);
		add_text_link(m, p, p->anchor, S(PAGE_TYPE), p->description);
	} else if (link != NULL) {
		add_text_link(m, p, link->href, S(LINK_TYPE_STEM "defaultLink"), link->title);
	}
	for (size_t i = 0; i < m->count; i++) {
		if (!stands_here(p, &m->links[i]))
			continue;
		add_text_entry(m, p, &m->links[i], m->links[i].type);
		if (m->links[i].role == LINK_MULTI)
			add_text_entry(m, p, &m->links[i], S(LINK_TYPE_STEM "defaultLinkMulti"));
	}
}

void linkset_write(struct buf *out, enum linkset_form form, const struct link *links, size_t count,
		   const struct linkset_place *places, size_t place_count)
{
	struct maker m = { { .out = out }, links, count };

	if (form != LINKSET_TEXT) {
		write_json(&m, form == LINKSET_JSONLD, places, place_count);
		return;
	}
	for (size_t i = 0; i < place_count; i++)
		write_text_place(&m, &places[i]);
	add(&m, "\n");
}

/* --- choosing -------------------------------------------------------------------------------- */

void linkset_write_choices(struct buf *out, unsigned language, struct slice title,
			   const struct link *links, const size_t *chosen, size_t chosen_count)
{
	struct writer w = { .out = out, .language = language };
	struct view_choice choices[LINKSET_CHOICES_MOST];
	struct sheet sheet;
	struct view_choices v = {
		.sheet = &sheet.view,
		.title = title,
		.choices = choices,
	};

	for (size_t i = 0; i < chosen_count && i < COUNT_OF(choices); i++) {
		const struct link *link = &links[chosen[i]];

		choices[v.choices_count++] = (struct view_choice){ link->href, link->title,
								   link->hreflang,
								   link->media_type };
	}
	sheet_init(&sheet, language, title, S(""));
	template_choices(&w, &v);
}
