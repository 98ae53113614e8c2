/*
 * Printed codes in the body of a request, read a few in each turn of the loop, so that ten thousand
 * of them hold nobody up: "code" or "codes" with an optional "gtin" for bare serials, or a body of
 * text/plain with a code a line and "gtin" in the query; or a column of what a form brings.
 */
#ifndef SUYUAN_WEB_CODE_READING_H
#define SUYUAN_WEB_CODE_READING_H

#include "model/code_column.h"
#include "store/code_list.h"
#include "web/api.h"

/* What was read of one code. */
struct code_read {
	enum printed_fault fault; /* PRINTED_FINE: it is a code */
	uint64_t gtin;
	char serial[SERIAL_LENGTH_MOST + 1];
	size_t reason, reason_length; /* in code_reading.reasons: why it is none */
};

struct code_reading {
	struct code_list list;	   /* ended: for db_add_text(), by code_reading_add() */
	bool single;		   /* one code, not a list of one */
	char reason[DL_ERROR_MAX]; /* of a single code that is malformed; else "" */
	char state[16];		   /* the handler's */
	char *words;		   /* the handler's, freed with the rest */
	void *own;		   /* the handler's, in the request's arena */
	/* In the request's arena: what was given, list.count of them, and … */
	struct code_cell *texts;
	struct code_read *read; /* … the same, read; NULL: nobody wanted to keep it (.keep) */
	struct buf reasons;
	bool keep; /* said by the handler before it runs */
	/* private */
	struct api_call *call; /* NULL: it has ended */
	bool waiting;	       /* for a turn of the loop */
	bool keys_fetched;
	size_t count, next;
	uint64_t gtin;
	void (*then)(struct api_call *call, struct code_reading *reading);
};

/*
 * Begins for a call whose body is JSON, or text. NULL: refused and answered. The reading lives as
 * long as the call.
 */
MUSTCHECK struct code_reading *code_reading_new(struct api_call *call);
/* Ends it before its call does: the page of a form that was refused is shown instead. */
void code_reading_forget(struct api_call *call);
/* Reads `codes` or `code`, or the lines of the body; then(), or an answer. */
void code_reading_run(struct code_reading *reading,
		      void (*then)(struct api_call *call, struct code_reading *reading));
/*
 * Reads those in a text that somebody pasted or uploaded (model/code_column.h) in the column of one
 * of these names; `member` is the field that is refused.
 */
void code_reading_run_column(struct code_reading *reading, struct slice text, const char *member,
			     const char *const *names,
			     void (*then)(struct api_call *call, struct code_reading *reading));
/*
 * Only the texts of that column, to CODE_LIST_MOST `cells`; they live as long as the request.
 * False: answered.
 */
MUSTCHECK bool code_texts_take(struct api_call *call, struct slice text, const char *member,
			       const char *const *names, struct code_cell *cells,
			       size_t *ret_count);
/* Why text `i` is no code, with .keep: a word for programs, and a sentence in English. */
const char *code_reading_fault(const struct code_reading *reading, size_t i);
struct slice code_reading_reason(const struct code_reading *reading, size_t i);
/* Reads the codes in these two members instead. */
void code_reading_run_ends(struct code_reading *reading, const char *first, const char *last,
			   void (*then)(struct api_call *call, struct code_reading *reading));
/* The five parameters of the codes. */
void code_reading_add(const struct code_reading *reading, struct db_parameters *p);
/* One more: their serials; malformed ones are empty. */
void code_reading_add_serials(const struct code_reading *reading, struct db_parameters *p);

/* A code that is none of ours (404), or not of this line's (403), as SQL found it. False: it is. */
MUSTCHECK bool code_refuse_unknown(struct api_call *call, struct slice found);

#endif
