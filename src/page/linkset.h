/*
 * Linksets of the GS1 resolver (RFC 9264, GS1-Conformant Resolver Standard 1.2): every link of an
 * item's levels, each level under the URI it is the subject of. And the page on which a reader
 * chooses between links that answer equally well.
 *
 * Fits the linkset schema of GS1: an anchor and a description in each context object, link types as
 * URLs, address and title in each link, languages as that schema can hold them.
 */
#ifndef SUYUAN_PAGE_LINKSET_H
#define SUYUAN_PAGE_LINKSET_H

#include "model/link.h"
#include "page/markup.h"

/* One context object. */
struct linkset_place {
	struct slice anchor;	  /* whole URI, uncompressed */
	struct slice description; /* not empty */
	unsigned levels;	  /* whose links stand here: bits 1 << enum link_level */
	bool has_page;		  /* our own page of it, at `anchor`, is its default link */
};

enum linkset_form {
	LINKSET_JSON,	/* application/linkset+json */
	LINKSET_JSONLD, /* the same with a JSON-LD context */
	LINKSET_TEXT,	/* application/linkset: lines of a Link header */
	LINKSET_FORMS,
};

/* `links` are in the order of their types. Whether there was memory says buf_ok(out). */
void linkset_write(struct buf *out, enum linkset_form form, const struct link *links, size_t count,
		   const struct linkset_place *places, size_t place_count);
/* Whether a place has anything to show. */
bool linkset_has(const struct link *links, size_t count, const struct linkset_place *place);

enum { LINKSET_CHOICES_MOST = 200 };
/* An HTML page of the links at `chosen`, the first LINKSET_CHOICES_MOST of them. */
void linkset_write_choices(struct buf *out, unsigned language, struct slice title,
			   const struct link *links, const size_t *chosen, size_t chosen_count);

#endif
