/* Writes what the resolver answers: refusals, redirections, linksets, lists to choose from. */
#include "model/gs1.h"
#include "page/document.h"
#include "page/forms.h"
#include "page/item.h"
#include "page/linkset.h"
#include "web/http_accept.h"
#include "web/lookup_negotiate.h"
#include "web/lookup_outcome.h"
#include "web/module.h"
#include "web/resolver_parts.h"

enum {
	LINKSET_MOST = 4 << 20, /* bytes of an answer */
	LOCATION_MOST = 8 << 10,
	PLACES = LINK_LEVELS,
};

/* --- headers --------------------------------------------------------------------------------- */

struct slice resolver_uri(struct resolver *r, size_t pairs)
{
	struct buf out;
	struct slice uri;
	size_t whole = r->link->path_count;

	buf_init(&out, DL_CANONICAL_MAX);
	buf_add_string(&out, app_settings()->link_stem);
	r->link->path_count = pairs;
	digital_link_canonical_path(r->link, &out);
	r->link->path_count = whole;
	uri = arena_copy(&r->request->arena, buf_slice(&out));
	buf_release(&out);
	return uri;
}

/* What every answer of a link that could be read carries. */
static void add_headers(struct resolver *r, struct answer *a)
{
	struct slice uri = resolver_uri(r, r->link->path_count);
	struct buf out;

	a->cache_control = "no-cache"; /* a link that was taken back must be gone for everybody */
	answer_add_header(a, "vary", S("accept, accept-language"));
	buf_init(&out, LOCATION_MOST);
	buf_add_format(
	    &out, "<%.*s?linkType=linkset>; rel=\"linkset\"; type=\"application/linkset+json\"",
	    SLICE_ARG(uri));
	if (r->was_compressed) {
		buf_add_format(&out, ", <%.*s", SLICE_ARG(uri));
		if (r->query.length > 0)
			buf_add_format(&out, "?%.*s", SLICE_ARG(r->query));
		buf_add_string(&out, ">; rel=\"owl:sameAs\"");
	}
	answer_add_header(a, "link", arena_copy(&r->request->arena, buf_slice(&out)));
	buf_release(&out);
}

/* --- refusing -------------------------------------------------------------------------------- */

void resolver_refuse(struct resolver *r, int status, const char *title, const char *detail)
{
	struct outcome page = {
		.request = r->request,
		.form = PAGE_HTML,
		.language = r->language,
		.verdict = VERDICT_BAD_LINK,
		.status = status,
	};
	struct answer a = { .status = status };

	if (accept_names_html(r->accept) && !r->has_type && status != 503) {
		if (!negotiate_coding(request_header(r->request, "accept-encoding"), &page.coding))
			page.coding = PACKED_NOT;
		outcome_respond(&page);
		return;
	}
	answer_add_header(&a, "vary", S("accept, accept-language"));
	if (status == 503)
		answer_add_header(&a, "retry-after", S("2"));
	respond_problem_with(r->request, &a, title, detail);
}

void resolver_refuse_busy(struct resolver *r)
{
	resolver_refuse(r, 503, "Service Unavailable",
			"The links cannot be read now: ask again in a moment.");
}

/* --- redirecting ----------------------------------------------------------------------------- */

void resolver_add_query(struct buf *out, struct slice query, bool has_one)
{
	if (query.length == 0)
		return;
	buf_add_char(out, has_one ? '&' : '?');
	buf_add_slice(out, query);
}

static struct slice location_of(struct resolver *r, const struct link *link)
{
	struct slice href = link->href, fragment, result;
	struct buf out;

	fragment = slice_from(href, slice_find(href, '#'));
	href.length -= fragment.length;
	buf_init(&out, LOCATION_MOST);
	buf_add_slice(&out, href);
	if (link->forwards_query)
		resolver_add_query(&out, r->query, slice_find(href, '?') < href.length);
	buf_add_slice(&out, fragment);
	result = buf_ok(&out) ? arena_copy(&r->request->arena, buf_slice(&out)) : link->href;
	buf_release(&out);
	return result;
}

static void redirect(struct resolver *r, struct slice location)
{
	struct answer a = { .status = 307 };

	add_headers(r, &a);
	answer_add_header(&a, "location", location);
	respond(r->request, &a);
}

void resolver_redirect_to(struct resolver *r, const struct link *link)
{
	redirect(r, location_of(r, link));
}

void resolver_redirect_to_page(struct resolver *r)
{
	struct slice rest = r->query, one, uri = resolver_uri(r, r->link->path_count), location;
	struct buf out;
	bool has_one = false;

	buf_init(&out, LOCATION_MOST);
	buf_add_slice(&out, uri);
	while (slice_cut(&rest, '&', &one)) {
		if (one.length == 0 || slice_starts(one, S("linkType=")))
			continue;
		resolver_add_query(&out, one, has_one);
		has_one = true;
	}
	location = buf_ok(&out) ? arena_copy(&r->request->arena, buf_slice(&out)) : uri;
	buf_release(&out);
	redirect(r, location);
}

/* --- linksets -------------------------------------------------------------------------------- */

/* "Green tea (21)1A2B": the product's name, or its GTIN where that is private, and what qualifies
 * it. */
static struct slice description_of(struct resolver *r, uint16_t ai, struct slice value)
{
	struct arena *arena = &r->request->arena;
	struct words name = { { NULL, 0 }, { NULL, 0 } };
	struct slice result;
	struct buf out;

	buf_init(&out, LOCATION_MOST);
	if (r->place.name.length > 0 && words_read(arena, r->place.name, r->language, &name) &&
	    name.text.length > 0)
		buf_add_slice(&out, name.text);
	else
		buf_add_format(&out, "GTIN %014llu", (unsigned long long)r->link->gtin);
	if (value.length > 0)
		buf_add_format(&out, " (%u)%.*s", ai, SLICE_ARG(value));
	result = arena_copy(arena, buf_slice(&out));
	buf_release(&out);
	return result.length > 0 ? result : S("GTIN");
}

/* The URI of the lot alone, whether the link names it or the item's own may be told. */
static struct slice lot_uri(struct resolver *r, struct slice lot)
{
	struct digital_link of_lot = {
		.path_count = 2,
		.element_count = 2,
		.elements = { r->link->elements[0], { .number = 10, .value = lot } },
	};
	struct slice uri;
	struct digital_link *whole = r->link;

	of_lot.elements[1].ai = gs1_ai_find(S("10"), &of_lot.elements[1].number);
	r->link = &of_lot;
	uri = resolver_uri(r, 2);
	r->link = whole;
	return uri;
}

bool resolver_has_page(const struct resolver *r)
{
	return r->place.is_item && !r->place.redirects;
}

/*
 * Item, lot and GTIN, each the subject of its own links. The lot's are shown as the item's where
 * the lot's number is not public: an item must not tell it.
 */
static size_t list_places(struct resolver *r, struct linkset_place places[PLACES])
{
	struct slice lot = r->place.is_item ? r->place.lot : r->link->lot;
	struct slice serial = r->link->serial;
	size_t count = 0;

	if (serial.length > 0)
		places[count++] = (struct linkset_place){
			.anchor = resolver_uri(r, r->link->path_count),
			.description = description_of(r, 21, serial),
			.levels = 1u << LINK_OF_SERIAL | (lot.length > 0 ? 0 : 1u << LINK_OF_LOT),
			.has_page = resolver_has_page(r),
		};
	if (lot.length > 0)
		places[count++] = (struct linkset_place){
			.anchor = lot_uri(r, lot),
			.description = description_of(r, 10, lot),
			.levels = 1u << LINK_OF_LOT,
		};
	places[count++] = (struct linkset_place){
		.anchor = resolver_uri(r, 1),
		.description = description_of(r, 0, (struct slice){ NULL, 0 }),
		.levels = 1u << LINK_OF_GTIN,
	};
	return count;
}

void resolver_weigh_forms(struct slice accept, unsigned ret_qualities[FORMS])
{
	static const struct media_type media[FORMS] = {
		[FORM_LINKSET] = { SLICE("application"), SLICE("linkset+json") },
		[FORM_TEXT] = { SLICE("application"), SLICE("linkset") },
		[FORM_JSONLD] = { SLICE("application"), SLICE("ld+json") },
		[FORM_JSON] = { SLICE("application"), SLICE("json") },
		[FORM_HTML] = { SLICE("text"), SLICE("html") },
	};

	accept_weigh(accept, media, FORMS, ret_qualities);
}

static void respond_linkset(struct resolver *r, struct answer *a, const struct link *links,
			    size_t count, const struct linkset_place *places, size_t place_count)
{
	static const struct {
		enum linkset_form form;
		const char *type;
	} forms[] = {
		[FORM_LINKSET] = { LINKSET_JSON, "application/linkset+json" },
		[FORM_TEXT] = { LINKSET_TEXT, "application/linkset" },
		[FORM_JSONLD] = { LINKSET_JSONLD, "application/ld+json" },
		[FORM_JSON] = { LINKSET_JSON, "application/json" },
	};
	unsigned q[FORMS], best = FORM_LINKSET;
	struct buf body;

	resolver_weigh_forms(r->accept, q);
	for (unsigned i = FORM_LINKSET; i <= FORM_JSON; i++)
		if (q[i] > q[best])
			best = i;
	buf_init(&body, LINKSET_MOST);
	linkset_write(&body, forms[best].form, links, count, places, place_count);
	a->content_type = forms[best].type;
	a->body = buf_slice(&body);
	if (buf_ok(&body))
		respond(r->request, a);
	else
		resolver_refuse_busy(r);
	buf_release(&body);
}

void resolver_answer_linkset(struct resolver *r)
{
	struct linkset_place places[PLACES];
	size_t count = list_places(r, places);
	struct answer a = { .status = 200 };
	bool has_any = false;

	for (size_t i = 0; i < count; i++)
		has_any |= linkset_has(r->links, r->link_count, &places[i]);
	if (!has_any) {
		resolver_refuse(r, 404, "No links",
				"There are no links for this item, its lot or its GTIN.");
		return;
	}
	add_headers(r, &a);
	answer_add_header(&a, "content-language", slice_of(page_languages[r->language]));
	respond_linkset(r, &a, r->links, r->link_count, places, count);
}

/* --- a list to choose from
 * -------------------------------------------------------------------------------- */

static void answer_choices_page(struct resolver *r, struct answer *a, struct slice title,
				const size_t *chosen, size_t count)
{
	struct buf body;

	buf_init(&body, LINKSET_MOST);
	linkset_write_choices(&body, r->language, title, r->links, chosen, count);
	a->content_type = page_content_type(PAGE_HTML);
	a->content_security_policy = page_forms_policy();
	a->body = buf_slice(&body);
	if (buf_ok(&body))
		respond(r->request, a);
	else
		resolver_refuse_busy(r);
	buf_release(&body);
}

void resolver_answer_choices(struct resolver *r, const size_t *chosen, size_t count)
{
	struct link *links = arena_array(&r->request->arena, count, sizeof(*links));
	struct linkset_place place = {
		.anchor = resolver_uri(r, r->link->path_count),
		.description = description_of(r, 21, r->link->serial),
		.levels = 7,
	};
	struct answer a = { .status = 300 };

	if (links == NULL) {
		resolver_refuse_busy(r);
		return;
	}
	add_headers(r, &a);
	if (accept_names_html(r->accept)) {
		answer_choices_page(r, &a, place.description, chosen, count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		links[i] = r->links[chosen[i]];
		links[i].role = LINK_PLAIN;
	}
	respond_linkset(r, &a, links, count, &place, 1);
}
