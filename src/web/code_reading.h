/*
 * Printed codes in the body of a request, read a few in each turn of the loop, so that ten thousand
 * of them hold nobody up: "code" or "codes" with an optional "gtin" for bare serials, or a body of
 * text/plain with a code a line and "gtin" in the query.
 */
#ifndef SUYUAN_WEB_CODE_READING_H
#define SUYUAN_WEB_CODE_READING_H

#include "store/code_list.h"
#include "web/api.h"

struct code_reading {
	struct code_list list;	   /* ended: for db_add_text(), by code_reading_add() */
	bool single;		   /* one code, not a list of one */
	char reason[DL_ERROR_MAX]; /* of a single code that is malformed; else "" */
	char state[16];		   /* the handler's */
	char *words;		   /* the handler's, freed with the rest */
	/* private */
	struct api_call *call; /* NULL: it has ended */
	bool waiting;	       /* for a turn of the loop */
	bool keys_fetched;
	json_t *items; /* an array, owned; NULL: lines */
	struct slice lines;
	size_t next;
	uint64_t gtin;
	void (*then)(struct api_call *call, struct code_reading *reading);
};

/*
 * Begins for a call whose body is JSON, or text. NULL: refused and answered. The reading lives as
 * long as the call.
 */
MUSTCHECK struct code_reading *code_reading_new(struct api_call *call);
/* Reads `codes` or `code`, or the lines of the body; then(), or an answer. */
void code_reading_run(struct code_reading *reading,
		      void (*then)(struct api_call *call, struct code_reading *reading));
/* Reads the codes in these two members instead. */
void code_reading_run_ends(struct code_reading *reading, const char *first, const char *last,
			   void (*then)(struct api_call *call, struct code_reading *reading));
/* The five parameters of the codes. */
void code_reading_add(const struct code_reading *reading, struct db_parameters *p);

#endif
