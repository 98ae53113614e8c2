/* Decides which of its links a place is answered with. */
#include "model/link_choice.h"
#include "web/http_accept.h"
#include "web/lookup.h"
#include "web/resolver_parts.h"

static unsigned weigh_media(struct slice type, struct slice accept)
{
	struct media_type media = { S("x-unknown"), S("x-unknown") };
	unsigned quality;

	if (type.length > 0) {
		size_t slash = slice_find(type, '/');

		media.type = (struct slice){ type.data, slash };
		media.subtype = slice_from(type, slash < type.length ? slash + 1 : slash);
	}
	accept_weigh(accept, &media, 1, &quality);
	/* What says nothing of itself comes before what is certainly not welcome. */
	return type.length == 0 && quality == 0 ? 1 : quality;
}

/* NULL: the client takes anything, or there is no memory. */
static const unsigned *media_of(struct resolver *r)
{
	struct slice accept = slice_trim(r->accept);
	unsigned *media;

	if (accept.length == 0 || slice_equal(accept, S("*/*")))
		return NULL;
	media = arena_array(&r->request->arena, r->link_count, sizeof(*media));
	for (size_t i = 0; media != NULL && i < r->link_count; i++)
		media[i] = weigh_media(r->links[i].media_type, accept);
	return media;
}

static size_t choose(struct resolver *r, struct slice type, size_t *ret_chosen)
{
	struct link_request wanted = { type, r->context, r->accept_language, media_of(r) };

	return link_choose(r->links, r->link_count, &wanted, ret_chosen);
}

/* A brand may well give our own page of the item as its link. */
static bool leads_here(struct resolver *r, struct slice href)
{
	size_t end = slice_find(href, '#');

	href.length = end < href.length ? end : href.length;
	end = slice_find(href, '?');
	href.length = end < href.length ? end : href.length;
	return slice_equal(href, resolver_uri(r, r->link->path_count));
}

/* Our page; by its own address where another one was asked for. */
static void answer_page(struct resolver *r)
{
	if (r->has_type || r->was_compressed)
		resolver_redirect_to_page(r);
	else
		lookup_serve_page(r->request);
}

/* The page itself, in place of a redirection that would come back for ever. */
static void answer_here(struct resolver *r)
{
	if (r->link->serial.length == 0)
		resolver_refuse(r, 404, "No such link", "The link leads to this address again.");
	else
		answer_page(r);
}

static void answer_chosen(struct resolver *r, const size_t *chosen, size_t count)
{
	if (count > 1)
		resolver_answer_choices(r, chosen, count);
	else if (leads_here(r, r->links[chosen[0]].href))
		answer_here(r);
	else
		resolver_redirect_to(r, &r->links[chosen[0]]);
}

void resolver_answer_type(struct resolver *r)
{
	size_t chosen[LINKS_MOST], count = choose(r, slice_of(r->type.text), chosen);

	if (count > 0)
		answer_chosen(r, chosen, count);
	else if (resolver_has_page(r) && link_type_is(slice_of(r->type.text), "pip"))
		resolver_redirect_to_page(r);
	else
		resolver_refuse(r, 404, "No such link",
				"There is no link of this type for the item, its lot or its GTIN.");
}

/* What is wrong with an item outranks what the brand shows otherwise: its own notice of a recall,
 * or our page. */
static bool answer_warning(struct resolver *r)
{
	const struct lookup_place *place = &r->place;
	size_t chosen[LINKS_MOST], count = 0;

	if (!(place->recalled || place->warned) || !place->redirects || !place->is_item ||
	    r->has_type)
		return false;
	if (place->recalled)
		count = choose(r, S(LINK_TYPE_STEM "recallStatus"), chosen);
	if (count > 0)
		answer_chosen(r, chosen, count);
	else
		answer_page(r);
	return true;
}

static bool answer_never_issued(struct resolver *r)
{
	if (!resolver_never_issued(r))
		return false;
	answer_page(r);
	return true;
}

void resolver_answer_default(struct resolver *r)
{
	size_t chosen[LINKS_MOST], count;

	if (answer_warning(r) || answer_never_issued(r))
		return;
	if (r->link->serial.length > 0 && !r->place.redirects) {
		answer_page(r);
		return;
	}
	count = choose(r, (struct slice){ NULL, 0 }, chosen);
	if (count > 0)
		answer_chosen(r, chosen, count);
	else if (r->link->serial.length > 0)
		resolver_refuse(r, 404, "No such link", "There is no default link for this item.");
	else
		resolver_refuse(
		    r, 404, "This link names no item",
		    "It has no serial number, AI (21), and there is no default link for it");
}
