/*
 * Sends papers: certificates and inspection reports, large and from elsewhere. They are to be saved
 * and never opened in place. Each is read from PostgreSQL in small parts as its reader takes them,
 * so a slow reader costs little, and one that is hidden while it is sent ends there. A worker sends
 * so many at a time, shared among households (web/places.h).
 */
#ifndef SUYUAN_WEB_MEDIA_PAPER_H
#define SUYUAN_WEB_MEDIA_PAPER_H

#include "web/db.h"
#include "web/request.h"

enum {
	MEDIA_DIGEST_SIZE = 32,
};

struct media_paper {
	unsigned char digest[MEDIA_DIGEST_SIZE]; /* SHA-256 */
	struct slice tag; /* strong, without quotes; used during the call only */
	uint64_t length;  /* bytes; at least 1 */
	bool is_pdf;	  /* else JPEG */
};

/* Once in a worker: how many it sends at a time, each with a question under way. */
void media_paper_start(unsigned most);
/*
 * Answers the request: with all of it or a part, with what its conditions ask for, or 503. `db`
 * must have sql_lookup_paper.
 */
void media_paper_answer(struct db *db, struct request *r, const struct media_paper *paper);

#endif
