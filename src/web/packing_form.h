/*
 * What the pages of packing that take many codes or serials share: text that is pasted or brought
 * as a file, the products to choose from, and the lines of an answer.
 */
#ifndef SUYUAN_WEB_PACKING_FORM_H
#define SUYUAN_WEB_PACKING_FORM_H

#include "web/bodies.h"
#include "web/code_reading.h"
#include "web/console_records.h"
#include "web/form.h"

enum {
	PACKING_TEXT_MOST = 900000, /* characters pasted */
	PACKING_LINES_SHOWN = 1000, /* of each list on a page; files and the API have all */
};

extern const struct body_rule packing_codes_body, packing_serials_body;

/* --- products to choose from --------------------------------------------------------------- */

struct packing_products {
	struct view_console_option *options; /* in the request's arena */
	size_t count;
	void (*then)(struct api_call *call, struct packing_products *products);
};
/* Asks for them; call->own is taken. */
void packing_ask_products(struct api_call *call,
			  void (*then)(struct api_call *call, struct packing_products *products));
/* Offers them for the field "gtin". */
void packing_offer(struct view_console_form *form, const struct packing_products *products);

/* --- what was sent ------------------------------------------------------------------------- */

/*
 * The text of a form that has it in the field `pasted` or in the file "file", and whose "gtin" is
 * one where it is filled. Either, not both. False: answered. *ret_member is the field it came from.
 */
MUSTCHECK bool packing_text(struct api_call *call, const char *pasted, struct slice *ret_text,
			    const char **ret_member);
/*
 * Reads the codes of such a form ("codes", or a file's column that is called as codes are), keeping
 * what each line says; the products become the reading's own. then(), or an answer.
 */
void packing_read_codes(struct api_call *call, struct packing_products *products,
			void (*then)(struct api_call *call, struct code_reading *reading));
/* What was sent in a field stands there again beside the answer, whatever its length. */
void packing_keep(struct page *p, struct view_console_form *form, const char *name);

/* --- answers ------------------------------------------------------------------------------- */

/* "/packing/serials/09506000134352/ABC": the page of one code. */
struct slice packing_code_path(struct page *p, uint64_t gtin, struct slice serial);

/* The columns of api_codes_found.sql and api_code_checks.sql. */
enum packing_column {
	PACKING_LINE,
	PACKING_FOUND,
	PACKING_GTIN,
	PACKING_BATCH,
	PACKING_PLACE,
	PACKING_LOT,
	PACKING_STATE,
	PACKING_SINCE,
	PACKING_LOCAL,
};

/* What is wrong with that line, in the reader's language; empty: nothing. */
struct slice packing_trouble(struct page *p, const struct code_reading *reading,
			     const PGresult *rows, int i);
/*
 * The answer of a page: `good` tells the rows that are as they should be, the texts what the two
 * kinds are called. In the request's arena.
 */
struct packing_kinds {
	bool (*good)(const PGresult *rows, int i);
	enum text good_title, wrong_title;
	enum text more; /* where a page does not show all */
};
const struct view_packing_answer *packing_answer(struct page *p, const struct code_reading *reading,
						 const PGresult *rows,
						 const struct packing_kinds *kinds);
/* A member of the list in the API's answer: the line, what `name` it is called, what is wrong. */
void packing_add_json(struct buf *out, const struct code_reading *reading, const PGresult *rows,
		      int i, const char *name);

/* When parts of a batch were closed; at most 100, in the request's arena. */
const struct view_console_closing *packing_closings(struct page *p, const json_t *list,
						    size_t *ret_count);

#endif
