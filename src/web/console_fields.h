/*
 * The public fields of a brand or product at the console: what the handlers (console_fields.c), the
 * page (console_fields_page.c), its rules of law (console_fields_law.c) and previews
 * (console_fields_preview.c) share.
 */
#ifndef SUYUAN_WEB_CONSOLE_FIELDS_H
#define SUYUAN_WEB_CONSOLE_FIELDS_H

#include "model/visibility.h"
#include "web/pages.h"

/* Languages the public page may have. */
enum { LANGUAGES_MOST = 16 };

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
/*
 * Answers with the public page (JSON under /v1) of the item in the row, in the language that the
 * query names: of console_fields_preview.sql, or another with the same columns. No row: 404.
 */
void preview_show(struct api_call *call, const PGresult *rows);
/* The choices that were sent, {"field": "choice"}; owned by the caller. NULL: refused and answered.
 */
MUSTCHECK json_t *fields_choices(struct api_call *call, const json_t *sent, bool product);

/* Text by language, as the console's reader is best served. */
struct slice fields_words(struct page *p, const json_t *object);
/* Puts the value of the sample beside the field, where it has one (console_fields_values.c). */
void fields_add_example(struct page *p, const json_t *sample, enum field f,
			struct view_console_fields_row *row);
/* What a field is called, private ones too. */
struct slice fields_label(struct page *p, const char *field);
/* The rules of law in force, and the file they came from (console_fields_law.c). */
void fields_fill_law(struct page *p, const json_t *document, struct view_console_fields *view);

#endif
