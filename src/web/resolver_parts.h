/*
 * A question to the resolver between its parts: resolver.c reads it and asks PostgreSQL,
 * resolver_choice.c decides what is answered, resolver_answer.c writes that.
 */
#ifndef SUYUAN_WEB_RESOLVER_PARTS_H
#define SUYUAN_WEB_RESOLVER_PARTS_H

#include "base/buf.h"
#include "model/digital_link.h"
#include "model/link.h"
#include "model/link_type.h"
#include "store/lookup_links.h"
#include "web/db.h"
#include "web/request.h"

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

/* The forms of a linkset, and those of an item's page. */
enum resolver_form { FORM_LINKSET, FORM_TEXT, FORM_JSONLD, FORM_JSON, FORM_HTML, FORMS };

/* How welcome each is to the client (RFC 9110, 12.5.1), 0 to 1000. */
void resolver_weigh_forms(struct slice accept, unsigned ret_qualities[FORMS]);

/* The URI of the request without what compresses it, or of a level above it. */
struct slice resolver_uri(struct resolver *r, size_t pairs);
/* The query as it came, between the "&"s that are its own. */
void resolver_add_query(struct buf *out, struct slice query, bool has_one);
/* It is an item that we show a page of. */
bool resolver_has_page(const struct resolver *r);

/*
 * Its brand redirects, and the serial that the default link is asked for was never issued: the page
 * says so, for the brand's site would greet a forged code. Not so where nothing of the GTIN was
 * issued here, for its items live elsewhere and nobody here can tell, nor where the brand gave this
 * very serial a link.
 */
bool resolver_never_issued(const struct resolver *r);

/* --- answers: each answers the request, once --- */

/* People who scanned get a page that says so; programs and who asks by type a problem document. */
void resolver_refuse(struct resolver *r, int status, const char *title, const char *detail);
void resolver_refuse_busy(struct resolver *r);
void resolver_redirect_to(struct resolver *r, const struct link *link);
/* Our own page of the item, without the link type that led here. */
void resolver_redirect_to_page(struct resolver *r);
void resolver_answer_linkset(struct resolver *r);
void resolver_answer_choices(struct resolver *r, const size_t *chosen, size_t count);

/* --- choices: the link of the type that was asked for, or the default one --- */

void resolver_answer_type(struct resolver *r);
void resolver_answer_default(struct resolver *r);

#endif
