/*
 * Which of a place's links answers a request (GS1-Conformant Resolver Standard 1.2): by link type
 * from the serial up to the GTIN, then by context, language and media type. Pure.
 */
#ifndef SUYUAN_MODEL_LINK_CHOICE_H
#define SUYUAN_MODEL_LINK_CHOICE_H

#include "model/link.h"

/* What the client asks for. */
struct link_request {
	struct slice type;     /* as link_type_read() gives it; empty: the default link */
	struct slice context;  /* ?context=, or empty */
	struct slice language; /* the header Accept-Language, or empty */
	/*
	 * How welcome the media type of each link is by the header Accept, in the order of the
	 * links: 0 (not at all) to 1000. NULL: all the same.
	 */
	const unsigned *media;
};

enum { LINKS_MOST = 1000 };

/*
 * The links that answer equally well, as indexes in their order: none, one to redirect to, or
 * several for the client to choose from. Links that are the same address count once. `count` is at
 * most LINKS_MOST.
 *
 * A level that has a link of the type ends the walk up. There, of those of the context asked for
 * (without any: those for everywhere), else of those for everywhere, else of all, those of the most
 * welcome language are looked at, and of these those of the most welcome media type; a link that
 * does not say its language or type comes after every one that is welcome and before one that is
 * not. For the default link, one of several (LINK_MULTI) answers where it meets what was asked for
 * and the one default link (LINK_DEFAULT) everywhere else.
 */
size_t link_choose(const struct link *links, size_t count, const struct link_request *request,
		   size_t *ret_chosen);

#endif
