/*
 * A link as people and machines give it, a JSON object, checked and brought into the form that
 * trace.put_links() takes:
 *
 *   { "link_type": "gs1:pip" or its URL, "href": s, "title": s,
 *     "hreflang": [tags], "media_type": s, "context": [codes],
 *     "default": "no" | "one" | "multi", "forward_query": true, "public": true,
 *     "valid_from": time, "valid_until": time }
 *
 * The first three must be given, lists may be texts parted by blanks or commas. Times are exact,
 * "2026-09-01T08:00:00+08:00", or days, "2026-09-01": from the beginning of that day or until its
 * end, by the brand's clock. A day is "from_day" or "until_day" in what comes of it, an exact time
 * "valid_from" or "valid_until"; all four are always there, null where nothing was said.
 */
#ifndef SUYUAN_STORE_LINK_GIVEN_H
#define SUYUAN_STORE_LINK_GIVEN_H

#include <jansson.h>

#include "model/link.h"

struct link_fault {
	const char *member; /* which is wrong */
	char reason[200];   /* "is …", no full stop */
};

/* NULL: *ret_fault says why. A new reference. */
MUSTCHECK json_t *link_given_read(const json_t *object, struct link_fault *ret_fault);

/* A link as stored, for people: "gs1:pip" of GS1's types, else the URL. */
struct link_type_text link_type_short(const char *type);

#endif
