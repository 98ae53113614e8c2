/*
 * What a worker knows of items it was asked for, found by the path as it came: a page is written
 * from it without the store, also when that is away.
 *
 * Most items are looked at once or twice, so the first visit leaves a few hundred bytes and no
 * page. Who comes again leaves the finished answer, which costs later ones not even the decoding.
 */
#ifndef SUYUAN_WEB_LOOKUP_ANSWER_H
#define SUYUAN_WEB_LOOKUP_ANSWER_H

#include "model/day.h"
#include "model/gs1.h"
#include "page/item.h"
#include "page/packed.h"
#include "store/lookup.h"
#include "web/cache.h"
#include "web/respond.h"

/* What is known of one item by itself. */
struct item_facts {
	uint64_t gtin;
	char serial[GS1_SERIAL_MAX + 1];
	char lot_handle[LOT_HANDLE_MAX + 1]; /* of the recorded lot, never the link's; "" = none */
	char since[DAY_SIZE];
	enum item_state state;
	struct slice reason;	   /* words as JSON, or empty */
	uint64_t epoch;		   /* of the GTIN, when PostgreSQL said this */
	uint64_t visits;	   /* recorded so far */
	uint32_t first_day;	   /* of the first one, since 1970; 0: not known */
	char first_seen[DAY_SIZE]; /* the same, or "" */
	unsigned pin_digits;	   /* 0: the item has no PIN */
	unsigned pin_tries;	   /* wrong ones */
	char pin_opened[DAY_SIZE];
};

enum { ANSWER_TAG_SIZE = 2 + 32 + 1 };

/* How the best-before date was judged. */
struct answer_date {
	int64_t best_until; /* as in model/verdict.h */
	bool is_over;
};

struct kept_answer {
	struct cache_entry entry;  /* first */
	struct blob *blob;	   /* NULL: it is to be written */
	char tag[ANSWER_TAG_SIZE]; /* of the blob: entity tag, with its quotes */
	unsigned language;
	uint64_t generation; /* of web/state */
	uint64_t epoch;	     /* the lowest of what it was made from */
	uint64_t born_ms;
	uint64_t written_ms; /* later than born where only the number of visits was new */
	struct answer_date date;
	struct item_facts facts;
	char reason[]; /* behind facts.reason */
};

/* What finds an answer. */
struct answer_name {
	struct slice path; /* raw */
	unsigned language;
	enum page_form form;
	enum packed_coding coding; /* that the client takes */
};

/*
 * One that counts for this database and whose epoch has not passed; borrowed until the next turn
 * of the loop. Whether it may still be sent is answer_is_good().
 */
struct kept_answer *answers_find(const struct answer_name *name);
/*
 * One of the same path in another coding, for what it knows of the item; with `any` also one in
 * another language or form.
 */
struct kept_answer *answers_find_other(const struct answer_name *name, bool any);
/* Young enough, and no best-before date has passed meanwhile; `now` in seconds since 1970. */
bool answer_is_good(const struct kept_answer *k, int64_t now);
/* Takes a reference of the blob, which may be NULL. Nothing is kept when memory is short. */
void answers_keep(const struct answer_name *name, struct blob *blob, const char *tag,
		  uint64_t epoch, uint64_t born_ms, struct answer_date date,
		  const struct item_facts *facts);

/* For web/lookup's module. */
MUSTCHECK bool answers_start(size_t bytes, unsigned seconds);
void answers_stop(void);

#endif
