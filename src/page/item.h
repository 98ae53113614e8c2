/*
 * The answer for one item, in each representation: HTML page, JSON, JSON-LD. What is the same for
 * every item of a lot is prepared once (struct page_shared, kept in the lookup process's memory);
 * writing one item then only fills in the few bytes that are its own.
 *
 * Pure: everything that varies is passed in. Nothing here checks who may see what: the documents
 * hold public fields only, minus document_source.hidden.
 */
#ifndef SUYUAN_PAGE_ITEM_H
#define SUYUAN_PAGE_ITEM_H

#include "base/buf.h"
#include "model/verdict.h"
#include "page/document.h"
#include "page/markup.h"

enum page_form {
	PAGE_HTML,   /* text/html; charset=utf-8 */
	PAGE_JSON,   /* application/json: exactly the page's public fields */
	PAGE_JSONLD, /* application/ld+json: schema.org IndividualProduct, the same fields */
	PAGE_FORM_COUNT
};

/* The languages there are, in the order of their index; [0] is the default. */
extern const char *const page_languages[];
extern const unsigned page_language_count;

struct page_shared; /* immutable once made */

/*
 * Reads the documents for one language and form. NULL when memory is out or a document is not
 * the JSON that document.h describes (then nothing of it may be shown); `*ret_size` is what it
 * holds in memory, for the cache's account.
 */
MUSTCHECK struct page_shared *page_shared_new(const struct document_source *source,
					      unsigned language, enum page_form form,
					      size_t *ret_size);
void page_shared_free(struct page_shared *shared);
/* Whether the best-before date is public: no verdict comes from one that is not. */
bool page_shared_says_best_before(const struct page_shared *shared);

/* The hidden PIN (FEATURES C7), as the page speaks of it. */
enum page_pin {
	PAGE_PIN_NONE,	 /* the item has none: nothing is said */
	PAGE_PIN_ASKED,	 /* a form asks for it */
	PAGE_PIN_WRONG,	 /* it was wrong just now; the form asks again */
	PAGE_PIN_RIGHT,	 /* given right just now, the first time ever */
	PAGE_PIN_OPENED, /* given right before, on that day */
	PAGE_PIN_LOCKED, /* too many were wrong */
	PAGE_PIN_BUSY,	 /* could not be checked just now; whether it counts is not known */
};

/* What is the item's own. */
struct page_item {
	enum verdict verdict;
	struct slice gtin;    /* 14 digits, or empty (bad link) */
	struct slice serial;  /* as issued, or empty */
	struct slice uri;     /* the item's canonical link, https://host/01/…/21/… or empty */
	struct slice since;   /* when the state began, "2026-09-01", or empty */
	struct slice reason;  /* words as JSON (recall, block), or empty */
	bool expired_early;   /* VERDICT_EXPIRED by the brand's word, whatever the lot's date */
	unsigned mistyped_at; /* 1-based position, for VERDICT_MISTYPED; 0 = not known */
	unsigned age_seconds; /* >0: a stored answer shown because the store is not reachable */
	uint64_t visits;      /* recorded, this one included; 0: not known */
	struct slice first_seen; /* day of the first visit, "2026-09-01", or empty */
	bool many_visits;	 /* worth a hint, with the numbers (FEATURES C18) */
	enum page_pin pin;
	unsigned pin_left;	 /* tries, for PAGE_PIN_ASKED and PAGE_PIN_WRONG */
	struct slice pin_opened; /* day, for PAGE_PIN_OPENED */
};

/*
 * Appends the whole answer. `shared` may be made from empty documents (unknown product).
 * Check buf_ok(out) afterwards.
 */
void page_item_write(struct buf *out, const struct page_shared *shared,
		     const struct page_item *item);

/*
 * The same in its parts: segment 0, slot 0, segment 1, … , the last slot, the last segment.
 * Segments are shared, and may be empty; slots are the item's own, two in a page. Blanks between a
 * slot and the segment behind it change nothing of what an answer says, in every form.
 */
enum { PAGE_SLOTS_MAX = MARKS_MAX };
unsigned page_shared_slots(const struct page_shared *shared);
struct slice page_shared_segment(const struct page_shared *shared, unsigned i); /* borrowed */
/* Appends the slots alone; slot i ends at ret_ends[i] of `out`. Check buf_ok(out) afterwards. */
void page_item_write_slots(struct buf *out, const struct page_shared *shared,
			   const struct page_item *item, size_t ret_ends[PAGE_SLOTS_MAX]);

const char *page_content_type(enum page_form form);
/*
 * The Content-Security-Policy of the page: HTML only, else NULL. It names the hash of the inlined
 * style sheet, which holds the brand's colours, and lives as long as `shared`.
 */
const char *page_security_policy(const struct page_shared *shared);

#endif
