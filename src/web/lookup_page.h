/*
 * One form and language of what a lot's items share: the answer's shared part, and its compressed
 * segments, each made at first use and kept as long as the documents they come from.
 */
#ifndef SUYUAN_WEB_LOOKUP_PAGE_H
#define SUYUAN_WEB_LOOKUP_PAGE_H

#include "page/item.h"
#include "page/packed.h"
#include "web/cache.h"

enum {
	PAGE_DIGEST_SIZE = 32,
	/*
	 * For different rooms: items whose own parts differ much in length, by their verdicts. As
	 * many as codes typed at random can ask for, who would make the worker compress again and
	 * again.
	 */
	PAGE_PACKED_MOST = 12,
};

struct lookup_page {
	struct page_shared *shared;		/* NULL: not made yet */
	unsigned char digest[PAGE_DIGEST_SIZE]; /* SHA-256 of its segments */
	struct cache_entry *owner;		/* whose account pays for it; NULL: nobody's */
	struct packed *packed[PACKED_CODING_COUNT][PAGE_PACKED_MOST];
	unsigned next[PACKED_CODING_COUNT]; /* the place to use next */
};

/* False: out of memory, or a document that is none. */
MUSTCHECK bool lookup_page_make(struct lookup_page *p, const struct document_source *source,
				unsigned language, enum page_form form, struct cache_entry *owner);
void lookup_page_clear(struct lookup_page *p);

/*
 * The page's segments under a coding, for slots of these lengths. NULL: out of memory, or the page
 * is too long to compress it here; then it is sent as it is. Borrowed until the next call.
 */
const struct packed *lookup_page_packed(struct lookup_page *p, enum packed_coding coding,
					const struct slice *slots);

#endif
