/*
 * The GS1 resolver (GS1-Conformant Resolver Standard 1.2, GS1 Digital Link: URI Syntax): a Digital
 * Link comes in, and a redirection, a list to choose from, a linkset or a refusal goes out.
 */
#include "web/resolver.h"

#include "model/digital_link_compressed.h"
#include "store/sql.h"
#include "web/check.h"
#include "web/guess.h"
#include "web/http_accept.h"
#include "web/lookup_backends.h"
#include "web/request_language.h"
#include "web/respond.h"
#include "web/resolver_parts.h"
#include "web/serial_counter.h"
#include "web/state.h"

enum {
	NO_COUNTER = -1,
	UNDER_WAY_MOST = 256, /* questions of a worker: pages, which wait behind them, come first */
};

static unsigned under_way;

/* --- what is asked --------------------------------------------------------------------------- */

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
	resolver_weigh_forms(accept, q);
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
	r->language = request_language(r->request);
	r->has_type = type.length > 0;
	r->wants_linkset = slice_equal(type, S("linkset")) || slice_equal(type, S("all")) ||
			   (!r->has_type && prefers_linkset(r->accept));
	if (r->has_type && !r->wants_linkset && link_type_read(type, &r->type) != LINK_TYPE_OK)
		r->type = (struct link_type_text){ "?" }; /* no link is of it */
	if (link_type_is(slice_of(r->type.text), "defaultLink") ||
	    link_type_is(slice_of(r->type.text), "defaultLinkMulti"))
		r->type.text[0] = '\0';
}

/* --- guessing -------------------------------------------------------------------------------- */

static bool has_own_links(const struct resolver *r)
{
	for (size_t i = 0; i < r->link_count; i++)
		if (r->links[i].level == LINK_OF_SERIAL)
			return true;
	return false;
}

bool resolver_never_issued(const struct resolver *r)
{
	const struct lookup_gtin *known = state_gtin(r->link->gtin);

	return r->place.redirects && !r->place.is_item && !r->wants_linkset && !r->has_type &&
	       r->link->serial.length > 0 && known != NULL &&
	       (known->issued > 0 || known->has_foreign) && !has_own_links(r);
}

/* The answer tells whether there is such an item, as the page does: here, too, misses count. */
static void count_guess(struct resolver *r)
{
	const struct lookup_gtin *known = state_gtin(r->link->gtin);

	if (resolver_never_issued(r))
		return; /* the page counts it */
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
	resolver_refuse(r, 404, "Unknown GTIN",
			"This server has neither items nor links of this GTIN.");
}

static void on_rows(void *arg, enum db_result result, const PGresult *rows)
{
	struct resolver *r = arg;

	under_way--;
	if (result != DB_OK) {
		resolver_refuse_busy(r);
		return;
	}
	if (!lookup_place_read(rows, &r->place)) {
		answer_unknown(r);
		return;
	}
	r->links = arena_array(&r->request->arena, (size_t)PQntuples(rows), sizeof(*r->links));
	if (r->links == NULL) {
		resolver_refuse_busy(r);
		return;
	}
	r->link_count = lookup_links_read(rows, r->links);
	count_guess(r);
	if (r->wants_linkset)
		resolver_answer_linkset(r);
	else if (r->type.text[0] != '\0')
		resolver_answer_type(r);
	else
		resolver_answer_default(r);
}

/* NO_COUNTER: it is none of ours. */
static int64_t counter_of(const struct digital_link *link, unsigned *ret_key)
{
	uint64_t counter;

	*ret_key = 0;
	if (serial_counter(link->gtin, link->serial, &counter, ret_key) != SERIAL_COUNTER_FOUND)
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
		resolver_refuse_busy(r);
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
		resolver_add_query(&out, r->request->query,
				   slice_find(buf_slice(&out), '?') < out.length);
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
		resolver_refuse(r, 404, "Unknown key",
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
		resolver_refuse(r, 400, "Invalid GS1 Digital Link", r->link->error);
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
