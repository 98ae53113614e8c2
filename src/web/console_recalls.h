/* What the pages of recalls and holds share with their doors of the API. */
#ifndef SUYUAN_WEB_CONSOLE_RECALLS_H
#define SUYUAN_WEB_CONSOLE_RECALLS_H

#include "web/form.h"

/* The number in the address. False: 404 was answered. */
MUSTCHECK bool recall_id(struct api_call *call, int64_t *ret_id);

/* Handlers, the same for machines and forms. */
void recall_count(struct api_call *call);    /* what is chosen, counted and listed */
void recall_describe(struct api_call *call); /* texts by language */
void recall_start(struct api_call *call);
void recall_approve(struct api_call *call);
void recall_decline(struct api_call *call);
void recall_lift(struct api_call *call);
void recall_rule_set(struct api_call *call);

/* Pages: web/console_recalls_page.c. */
void recall_show_page(struct api_call *call);

#endif
