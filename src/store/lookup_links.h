/*
 * What the resolver reads from schema pub: the rows of lookup_links.sql, in PostgreSQL's binary
 * format, as structs. Slices point into the rows.
 */
#ifndef SUYUAN_STORE_LOOKUP_LINKS_H
#define SUYUAN_STORE_LOOKUP_LINKS_H

#include <libpq-fe.h>

#include "model/link.h"

/* What is known of the GTIN, the lot and the item that were asked for. */
struct lookup_place {
	bool redirects; /* the brand wants who asks for no link type sent to the default link */
	bool is_item;	/* the serial is one of the GTIN's */
	bool recalled;
	bool warned;	   /* the item is out of use, held back or said to be past its date */
	struct slice name; /* of the product, words as JSON, or empty where it is not public */
	struct slice lot;  /* the item's number of it, or empty where it is not public */
};
/* False: no such GTIN. */
MUSTCHECK bool lookup_place_read(const PGresult *rows, struct lookup_place *ret_place);

/* `ret_links` has room for PQntuples(rows) links; how many there are. */
size_t lookup_links_read(const PGresult *rows, struct link *ret_links);

#endif
