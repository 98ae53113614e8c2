/*
 * The GS1 resolver (GS1-Conformant Resolver Standard 1.2, GS1 Digital Link: URI Syntax): a Digital
 * Link comes in, and a redirection, a list to choose from, a linkset or a refusal goes out.
 */
#include "web/resolver.h"

#include "base/buf.h"
#include "model/digital_link.h"
#include "model/digital_link_compressed.h"
#include "model/gs1.h"
#include "model/language.h"
#include "model/link_choice.h"
#include "page/document.h"
#include "page/forms.h"
#include "page/item.h"
#include "page/linkset.h"
#include "store/lookup_links.h"
#include "store/sql.h"
#include "web/check.h"
#include "web/guess.h"
#include "web/http_accept.h"
#include "web/lookup.h"
#include "web/lookup_backends.h"
#include "web/lookup_negotiate.h"
#include "web/lookup_outcome.h"
#include "web/module.h"
#include "web/state.h"

enum {
	LINKSET_MOST = 4 << 20, /* bytes of an answer */
	LOCATION_MOST = 8 << 10,
	PLACES = LINK_LEVELS,
	NO_COUNTER = -1,
	UNDER_WAY_MOST = 256, /* questions of a worker: pages, which wait behind them, come first */
};

static unsigned under_way;

struct resolver {
	struct request *request;
	struct slice path, query;  /* uncompressed */
	struct digital_link *link; /* in the request's arena */
	bool was_compressed;
	bool wants_linkset;
	bool has_type;
	bool may_miss; /* the serial is not known to be issued: asking for it may be guessing */
	struct link_type_text type; /* "": the default link */
	struct slice context, accept, accept_language;
	unsigned language; /* of the descriptions */
	struct db_query db;

	/* What PostgreSQL said; borrowed from the rows. */
	struct lookup_place place;
	struct link *links;
	size_t link_count;
};

/* --- headers --------------------------------------------------------------------------------- */

/* The URI of the request without what compresses it, or of a level above it. */
static struct slice uri_of(struct resolver *r, size_t pairs)
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
	struct slice uri = uri_of(r, r->link->path_count);
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

/* People who scanned get a page that says so; programs and who asks by type a problem document. */
static void refuse(struct resolver *r, int status, const char *title, const char *detail)
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

static void refuse_busy(struct resolver *r)
{
	refuse(r, 503, "Service Unavailable",
	       "The links cannot be read now: ask again in a moment.");
}

/* --- what is asked --------------------------------------------------------------------------- */

/* The forms of a linkset, and those of an item's page. */
enum form { FORM_LINKSET, FORM_TEXT, FORM_JSONLD, FORM_JSON, FORM_HTML, FORMS };

static void weigh_forms(struct slice accept, unsigned ret_qualities[FORMS])
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

static bool names(struct slice header, const char *word)
{
	return header.length > 0 && memmem(header.data, header.length, word, strlen(word)) != NULL;
}

/* Whoever names the type of a linkset gets one, unless another form is more welcome. */
static bool prefers_linkset(struct slice accept)
{
	unsigned q[FORMS], linkset;

	if (!names(accept, "linkset"))
		return false;
	weigh_forms(accept, q);
	linkset = q[FORM_LINKSET] > q[FORM_TEXT] ? q[FORM_LINKSET] : q[FORM_TEXT];
	return linkset > 0 && linkset >= q[FORM_HTML] && linkset >= q[FORM_JSON] &&
	       linkset >= q[FORM_JSONLD];
}

bool resolver_is_asked(struct request *r)
{
	/* A name may be written with escapes, but nobody does; request_query() costs a copy. */
	return names(r->query, "linkType=") || prefers_linkset(request_header(r, "accept"));
}

static void read_wishes(struct resolver *r)
{
	struct slice type = request_query(r->request, "linkType");

	r->accept = request_header(r->request, "accept");
	r->accept_language = request_header(r->request, "accept-language");
	r->context = request_query(r->request, "context");
	r->language = language_choose(page_languages, page_language_count,
				      request_query(r->request, "lang"), r->accept_language);
	r->has_type = type.length > 0;
	r->wants_linkset = slice_equal(type, S("linkset")) || slice_equal(type, S("all")) ||
			   (!r->has_type && prefers_linkset(r->accept));
	if (r->has_type && !r->wants_linkset && link_type_read(type, &r->type) != LINK_TYPE_OK)
		r->type = (struct link_type_text){ "?" }; /* no link is of it */
	if (link_type_is(slice_of(r->type.text), "defaultLink") ||
	    link_type_is(slice_of(r->type.text), "defaultLinkMulti"))
		r->type.text[0] = '\0';
}

/* --- redirecting ----------------------------------------------------------------------------- */

/* The query as it came, between the "&"s that are its own. */
static void add_query(struct buf *out, struct slice query, bool has_one)
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
		add_query(&out, r->query, slice_find(href, '?') < href.length);
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

/* Our own page of the item, without the link type that led here. */
static void redirect_to_page(struct resolver *r)
{
	struct slice rest = r->query, one, uri = uri_of(r, r->link->path_count), location;
	struct buf out;
	bool has_one = false;

	buf_init(&out, LOCATION_MOST);
	buf_add_slice(&out, uri);
	while (slice_cut(&rest, '&', &one)) {
		if (one.length == 0 || slice_starts(one, S("linkType=")))
			continue;
		add_query(&out, one, has_one);
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
	uri = uri_of(r, 2);
	r->link = whole;
	return uri;
}

static bool has_own_page(const struct resolver *r)
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
			.anchor = uri_of(r, r->link->path_count),
			.description = description_of(r, 21, serial),
			.levels = 1u << LINK_OF_SERIAL | (lot.length > 0 ? 0 : 1u << LINK_OF_LOT),
			.has_page = has_own_page(r),
		};
	if (lot.length > 0)
		places[count++] = (struct linkset_place){
			.anchor = lot_uri(r, lot),
			.description = description_of(r, 10, lot),
			.levels = 1u << LINK_OF_LOT,
		};
	places[count++] = (struct linkset_place){
		.anchor = uri_of(r, 1),
		.description = description_of(r, 0, (struct slice){ NULL, 0 }),
		.levels = 1u << LINK_OF_GTIN,
	};
	return count;
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

	weigh_forms(r->accept, q);
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
		refuse_busy(r);
	buf_release(&body);
}

static void answer_linkset(struct resolver *r)
{
	struct linkset_place places[PLACES];
	size_t count = list_places(r, places);
	struct answer a = { .status = 200 };
	bool has_any = false;

	for (size_t i = 0; i < count; i++)
		has_any |= linkset_has(r->links, r->link_count, &places[i]);
	if (!has_any) {
		refuse(r, 404, "No links",
		       "There are no links for this item, its lot or its GTIN.");
		return;
	}
	add_headers(r, &a);
	answer_add_header(&a, "content-language", slice_of(page_languages[r->language]));
	respond_linkset(r, &a, r->links, r->link_count, places, count);
}

/* --- choosing -------------------------------------------------------------------------------- */

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
		refuse_busy(r);
	buf_release(&body);
}

static void answer_choices(struct resolver *r, const size_t *chosen, size_t count)
{
	struct link *links = arena_array(&r->request->arena, count, sizeof(*links));
	struct linkset_place place = {
		.anchor = uri_of(r, r->link->path_count),
		.description = description_of(r, 21, r->link->serial),
		.levels = 7,
	};
	struct answer a = { .status = 300 };

	if (links == NULL) {
		refuse_busy(r);
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
	return slice_equal(href, uri_of(r, r->link->path_count));
}

/* The page itself, in place of a redirection that would come back for ever. */
static void answer_here(struct resolver *r)
{
	if (r->link->serial.length == 0)
		refuse(r, 404, "No such link", "The link leads to this address again.");
	else if (r->has_type || r->was_compressed)
		redirect_to_page(r);
	else
		lookup_serve_page(r->request);
}

static void answer_chosen(struct resolver *r, const size_t *chosen, size_t count)
{
	if (count > 1)
		answer_choices(r, chosen, count);
	else if (leads_here(r, r->links[chosen[0]].href))
		answer_here(r);
	else
		redirect(r, location_of(r, &r->links[chosen[0]]));
}

static void answer_type(struct resolver *r)
{
	size_t chosen[LINKS_MOST], count = choose(r, slice_of(r->type.text), chosen);

	if (count > 0)
		answer_chosen(r, chosen, count);
	else if (has_own_page(r) && link_type_is(slice_of(r->type.text), "pip"))
		redirect_to_page(r);
	else
		refuse(r, 404, "No such link",
		       "There is no link of this type for the item, its lot or its GTIN.");
}

/* A recall outranks what the brand shows otherwise: its own notice of it, or our page. */
static bool answer_recall(struct resolver *r)
{
	size_t chosen[LINKS_MOST], count;

	if (!r->place.recalled || !r->place.redirects || !r->place.is_item || r->has_type)
		return false;
	count = choose(r, S(LINK_TYPE_STEM "recallStatus"), chosen);
	if (count > 0)
		answer_chosen(r, chosen, count);
	else if (r->was_compressed)
		redirect_to_page(r);
	else
		lookup_serve_page(r->request);
	return true;
}

static void answer_default(struct resolver *r)
{
	size_t chosen[LINKS_MOST], count;

	if (answer_recall(r))
		return;
	if (r->link->serial.length > 0 && !r->place.redirects) {
		if (r->has_type || r->was_compressed)
			redirect_to_page(r);
		else
			lookup_serve_page(r->request);
		return;
	}
	count = choose(r, (struct slice){ NULL, 0 }, chosen);
	if (count > 0)
		answer_chosen(r, chosen, count);
	else if (r->link->serial.length > 0)
		refuse(r, 404, "No such link", "There is no default link for this item.");
	else
		refuse(r, 404, "This link names no item",
		       "It has no serial number, AI (21), and there is no default link for it");
}

/* --- guessing -------------------------------------------------------------------------------- */

static bool has_own_links(const struct resolver *r)
{
	for (size_t i = 0; i < r->link_count; i++)
		if (r->links[i].level == LINK_OF_SERIAL)
			return true;
	return false;
}

/* The answer tells whether there is such an item, as the page does: here, too, misses count. */
static void count_guess(struct resolver *r)
{
	const struct lookup_gtin *known = state_gtin(r->link->gtin);

	if (r->place.is_item)
		guess_hit(r->request, r->link->gtin, r->link->serial);
	else if (!r->may_miss || has_own_links(r))
		return;
	else if (known != NULL && known->has_foreign)
		guess_missed_foreign(r->request, r->link->gtin);
	else
		guess_missed(r->request, GUESS_OF_COMPUTED);
}

/* Where nothing was issued there is nothing to guess: such a brand has its items elsewhere. */
static unsigned guess_seconds(struct resolver *r, int64_t counter)
{
	const struct lookup_gtin *known = state_gtin(r->link->gtin);

	if (known == NULL || r->link->serial.length == 0 ||
	    (counter >= 0 && (uint64_t)counter < known->issued) ||
	    (known->issued == 0 && !known->has_foreign))
		return 0;
	r->may_miss = true;
	return known->has_foreign ? guess_wait_foreign(r->request, r->link->gtin)
				  : guess_wait(r->request);
}

static void refuse_guesses(struct resolver *r, unsigned seconds)
{
	bool page = accept_names_html(r->accept) && !r->has_type;

	check_too_many(r->request, page ? PAGE_HTML : PAGE_JSON, r->language, seconds);
}

/* --- asking PostgreSQL ----------------------------------------------------------------------- */

static void on_gone(struct request *request, void *arg)
{
	struct resolver *r = arg;

	(void)request;
	under_way--;
	db_forget(&r->db);
}

static void answer_unknown(struct resolver *r)
{
	refuse(r, 404, "Unknown GTIN", "This server has neither items nor links of this GTIN.");
}

static void on_rows(void *arg, enum db_result result, const PGresult *rows)
{
	struct resolver *r = arg;

	under_way--;
	if (result != DB_OK) {
		refuse_busy(r);
		return;
	}
	if (!lookup_place_read(rows, &r->place)) {
		answer_unknown(r);
		return;
	}
	r->links = arena_array(&r->request->arena, (size_t)PQntuples(rows), sizeof(*r->links));
	if (r->links == NULL) {
		refuse_busy(r);
		return;
	}
	r->link_count = lookup_links_read(rows, r->links);
	count_guess(r);
	if (r->wants_linkset)
		answer_linkset(r);
	else if (r->type.text[0] != '\0')
		answer_type(r);
	else
		answer_default(r);
}

/* The counter that a serial stands for, and its key; NO_COUNTER: it is none of ours. */
static int64_t counter_of(const struct digital_link *link, unsigned *ret_key)
{
	struct serial_key *key;
	uint64_t counter;

	*ret_key = 0;
	if (link->serial.length < SERIAL_LENGTH_LEAST ||
	    serial_key_id(link->serial, ret_key) != SERIAL_OK)
		return NO_COUNTER;
	key = state_key(*ret_key);
	if (key == NULL || serial_decode(key, link->serial, link->gtin, &counter) != SERIAL_OK ||
	    counter > INT64_MAX)
		return NO_COUNTER;
	return (int64_t)counter;
}

static void ask(struct resolver *r)
{
	struct db_parameters p = { .count = 0 };
	int64_t counter;
	unsigned key, seconds;

	counter = counter_of(r->link, &key);
	seconds = guess_seconds(r, counter);
	if (seconds > 0) {
		refuse_guesses(r, seconds);
		return;
	}
	if (under_way >= UNDER_WAY_MOST) {
		refuse_busy(r);
		return;
	}
	under_way++;
	db_add_i64(&p, (int64_t)r->link->gtin);
	db_add_text(&p, r->link->lot.length > 0 ? r->link->lot : S(" "));
	db_add_text(&p, r->link->serial.length > 0 ? r->link->serial : S(" "));
	db_add_i64(&p, counter);
	db_add_i64(&p, (int64_t)key);
	r->db.done = on_rows;
	r->db.arg = r;
	db_send(lookup_db(), &sql_lookup_links, &p, &r->db);
	request_wait(r->request, on_gone, r);
}

/* --- the link -------------------------------------------------------------------------------- */

/* Opens a compressed link into r->path and r->query. False: it is none. */
static bool open_compressed(struct resolver *r)
{
	struct buf out;
	struct slice uri, path;

	buf_init(&out, DL_CANONICAL_MAX);
	if (digital_link_decompress(r->request->path, &out) == DL_OPENED && buf_ok(&out)) {
		add_query(&out, r->request->query, slice_find(buf_slice(&out), '?') < out.length);
		uri = arena_copy(&r->request->arena, buf_slice(&out));
		(void)slice_cut(&uri, '?', &path);
		r->path = path;
		r->query = uri;
		r->was_compressed = path.length > 0;
	}
	buf_release(&out);
	return r->was_compressed;
}

static enum dl_result parse(struct resolver *r)
{
	enum dl_result result = digital_link_parse_path(r->path, r->query, r->link);

	if (result == DL_NO_KEY && open_compressed(r))
		result = digital_link_parse_path(r->path, r->query, r->link);
	return result;
}

/* NULL: there is no memory. */
static struct resolver *resolver_new(struct request *request)
{
	struct resolver *r = arena_alloc(&request->arena, sizeof(*r));
	struct digital_link *link = arena_alloc(&request->arena, sizeof(*link));

	if (r == NULL || link == NULL)
		return NULL;
	r->request = request;
	r->path = request->path;
	r->query = request->query;
	r->link = link;
	read_wishes(r);
	return r;
}

static void answer(struct resolver *r)
{
	if (!r->link->has_gtin)
		refuse(r, 404, "Unknown key",
		       "This server has items and links of trade items only, AI (01).");
	else if (state_is_fresh() && state_gtin(r->link->gtin) == NULL)
		answer_unknown(r);
	else
		ask(r);
}

void resolver_serve(struct request *request)
{
	struct resolver *r = resolver_new(request);

	if (r == NULL)
		respond_problem(request, 503, "Out of memory", NULL);
	else if (parse(r) != DL_OK)
		refuse(r, 400, "Invalid GS1 Digital Link", r->link->error);
	else
		answer(r);
}

bool resolver_opens(struct request *request)
{
	enum { SHORTEST = sizeof("/AAAAAAA") - 1 }; /* an AI of two digits and 18 bits */
	struct resolver *r;

	if ((request->method != METHOD_GET && request->method != METHOD_HEAD) ||
	    request->path.length < SHORTEST || (r = resolver_new(request)) == NULL ||
	    !open_compressed(r) || digital_link_parse_path(r->path, r->query, r->link) != DL_OK)
		return false;
	answer(r);
	return true;
}

void serve_resolver(struct request *r);

/* GET /414/… : every primary key that is not a trade item's. */
void serve_resolver(struct request *r)
{
	resolver_serve(r);
}
