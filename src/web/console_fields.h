/*
 * The public fields of a brand or product at the console: what the handlers (console_fields.c), the
 * page (console_fields_page.c) and the preview (console_fields_preview.c) share.
 */
#ifndef SUYUAN_WEB_CONSOLE_FIELDS_H
#define SUYUAN_WEB_CONSOLE_FIELDS_H

#include "model/visibility.h"
#include "web/pages.h"

/*
 * The product that the address, the query or the body names; 0: the brand. False: it is none, and
 * the problem is answered.
 */
MUSTCHECK bool fields_scope(struct api_call *call, uint64_t *ret_gtin);
/* Asks for all that is known of a scope: one JSON document (trace.fields_document). */
void fields_ask(struct api_call *call, uint64_t gtin,
		void (*on_rows)(struct api_call *call, const PGresult *rows));
/* Shows the page made of it. */
void fields_page(struct api_call *call, const PGresult *rows);
/* The choices that were sent, {"field": "choice"}; owned by the caller. NULL: refused and answered.
 */
MUSTCHECK json_t *fields_choices(struct api_call *call, const json_t *sent, bool product);

#endif
