/* The pages of links: their words and form, the list and one of them, what changes them. */
#ifndef SUYUAN_WEB_CONSOLE_LINKS_H
#define SUYUAN_WEB_CONSOLE_LINKS_H

#include "web/form.h"

enum { LINKS_UNDO_MOST = 200 }; /* "12-13": records that can be undone at once */

extern const struct form links_add_form, links_edit_form;

/* "Instructions" for people; the URL of another vocabulary's type. */
struct slice links_type_text(const struct page *p, struct slice type);
/* The types at the form's field; `any` of them, where it is a filter. */
void links_add_types(struct page *p, struct view_console_form *f, bool any);

/*
 * The form's ends show a day as one to choose, an exact time, which no such input can hold, as a
 * text with its offset: saved untouched, it stays.
 */
void links_show_ends(struct page *p, struct view_console_form *f);

/* The list, filtered as the query says; also where a form on it was refused. */
void links_page(struct api_call *call);
/* One link that counts, as page or JSON. */
void links_one(struct api_call *call);
/* The number in the address; false: refused with 404. */
MUSTCHECK bool links_read_id(struct api_call *call, uint64_t *ret_id);

#endif
