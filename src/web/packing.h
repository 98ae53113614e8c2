/* The list of batches and the form for a new one, as the API and the page of packing share them. */
#ifndef SUYUAN_WEB_PACKING_H
#define SUYUAN_WEB_PACKING_H

#include "page/templates.h"
#include "web/api_list.h"

/* The page: what was asked for in the query, and the form, with what was refused. */
void packing_page(struct api_call *call);
/* The form's fields, each refused in the reader's language. False: answered. */
MUSTCHECK bool packing_form_ok(struct api_call *call);
/*
 * Asks for the batches that the query names: gtin, q, state, and the last one before in the
 * parameter `cursor`. Rows: JSON, id, and when it was made by the brand's clocks. call->own begins
 * with a struct api_list.
 */
void packing_ask(struct api_call *call, const char *cursor,
		 void (*show)(struct api_call *call, const PGresult *rows));

/* The first column as values, a second one as texts, in the arena; at most 500. */
size_t packing_options(struct arena *memory, const PGresult *rows,
		       struct view_console_option **ret_options);
/* The pages that take many codes, and serials made elsewhere. */
void packing_codes_page(struct api_call *call);
void packing_serials_page(struct api_call *call);

#endif
