/* What the pages of recalls and holds share with their doors of the API. */
#ifndef SUYUAN_WEB_CONSOLE_RECALLS_H
#define SUYUAN_WEB_CONSOLE_RECALLS_H

#include "web/form.h"

/* The number in the address. False: 404 was answered. */
MUSTCHECK bool recall_id(struct api_call *call, int64_t *ret_id);

/* There is none. */
void recall_none(struct api_call *call);
/*
 * Finds which codes were checked since it began, then calls then(), which asks with what is in `p`:
 * the number, what was visited and its codes ($1 to $7 of console_recalls_show.sql and _sheet.sql).
 */
void recall_ask_checked(struct api_call *call,
			void (*then)(struct api_call *call, struct db_parameters *p));

/* Handlers, the same for machines and forms. */
void recall_count(struct api_call *call);    /* what is chosen, counted and listed */
void recall_describe(struct api_call *call); /* texts by language */
void recall_start(struct api_call *call);
void recall_approve(struct api_call *call);
void recall_decline(struct api_call *call);
void recall_lift(struct api_call *call);
void recall_rule_set(struct api_call *call);

/* --- its pages ----------------------------------------------------------------------------- */

/* Languages that a text may be given in. */
enum { TEXTS_MOST = 16 };

/* The page of one; a form of it that was refused stands there again (console_recalls_page.c). */
void recall_show_page(struct api_call *call);
/* What can be decided from where it stands (console_recalls_forms.c). */
void recall_fill_forms(struct page *p, const json_t *document, struct view_console_recall *view);
/* What was chosen, in a line: the way and its values (console_recalls_choose.c). */
struct slice recall_choice(struct page *p, const json_t *item);

/* A member that is a kind, a state or a severity, and a step's name, in the reader's language. */
struct slice recall_word(struct page *p, const json_t *object, const char *name);
struct slice recall_step(struct page *p, const json_t *object);
bool recall_is(struct page *p, const json_t *object, const char *name, const char *word);
/* Two texts in a format with "%.*s" twice; in the request's arena. */
struct slice recall_joined(struct page *p, const char *format, struct slice a, struct slice b);

#endif
