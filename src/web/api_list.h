/*
 * Lists of the API, a page at a time: {"things":[…],"next":"/v1/things?limit=50&cursor=…"}, newest
 * first, "next" being null on the last page.
 */
#ifndef SUYUAN_WEB_API_LIST_H
#define SUYUAN_WEB_API_LIST_H

#include "web/api.h"

/* Of one request; in its arena as call->own. */
struct api_list {
	const char *name;  /* "things" */
	struct slice path; /* behind /v1/, where that is not the name; else empty */
	uint64_t limit;	  /* rows of a page */
	/* What the next page is asked with besides; needs no escaping. NULL: `kept` has whole pairs,
	 * "a=1&b=2", or nothing. */
	const char *kept_name;
	struct slice kept;
};

/* Reads `limit` from the query. NULL: refused and answered. */
MUSTCHECK struct api_list *api_list_new(struct api_call *call, const char *name);
/* The last parameter of the statement: a row more than a page holds tells that there is a next. */
void api_list_add(const struct api_list *list, struct db_parameters *p);
/* For api_ask(): each row is a JSON text, and the cursor of the page that begins behind it. */
void api_list_show(struct api_call *call, const PGresult *rows);

#endif
