/*
 * What every public page but the item's own begins and ends with: style sheet in the house's
 * colours, title, the languages there are.
 */
#ifndef SUYUAN_PAGE_SHEET_H
#define SUYUAN_PAGE_SHEET_H

#include "page/templates.h"

/* A sheet's view and what it points to. */
struct sheet {
	struct view_language languages[LANGUAGE_COUNT];
	struct view_sheet view;
};

/* `title` and `label`, which may be empty, are borrowed; so is `*sheet`, by its view. */
void sheet_init(struct sheet *sheet, unsigned language, struct slice title, struct slice label);
/* The Content-Security-Policy of such a page; for ever. */
const char *sheet_policy(void);

#endif
