/*
 * What a link is about: a link type of the GS1 Web Vocabulary (link_type.def), written as CURIE or
 * with its full URL, or one of another vocabulary with its full URL. GS1's types have one spelling
 * here, LINK_TYPE_STEM and the name, so that all ways to write one are equal.
 */
#ifndef SUYUAN_MODEL_LINK_TYPE_H
#define SUYUAN_MODEL_LINK_TYPE_H

#include "base/slice.h"

#define LINK_TYPE_STEM "https://ref.gs1.org/voc/"

enum { LINK_TYPE_MOST = 200 };

enum link_type_result {
	LINK_TYPE_OK,
	LINK_TYPE_NOT_ONE,    /* neither gs1:name nor a URL of at most LINK_TYPE_MOST bytes */
	LINK_TYPE_BAD_URL,    /* a character that the keys of a linkset may not have */
	LINK_TYPE_UNKNOWN,    /* GS1's vocabulary has no such type */
	LINK_TYPE_DUPLICATES, /* another vocabulary's, though GS1 has one of that name */
};

struct link_type_text {
	char text[LINK_TYPE_MOST + 1];
};

/*
 * "gs1:pip", "https://gs1.org/voc/pip" and "https://ref.gs1.org/voc/pip" (also with http:// or
 * www.) give the last; a URL of another vocabulary stays as it is.
 */
MUSTCHECK enum link_type_result link_type_read(struct slice text, struct link_type_text *ret);
const char *link_type_reason(enum link_type_result result); /* "is …", no full stop */

/* Of a type as link_type_read() gives it: "pip" for GS1's, else empty. */
struct slice link_type_name(struct slice type);
/* "Product information page" as GS1 says it; NULL for other vocabularies. */
const char *link_type_label(struct slice type);
/* GS1's type by its name, which must be one. */
bool link_type_is(struct slice type, const char *name);

/* Every type of GS1, in the order of link_type.def. */
size_t link_type_count(void);
const char *link_type_at(size_t i); /* "pip" */

#endif
