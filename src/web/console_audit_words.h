/* What the log of changes tells people of an entry, in their language (web/audit_words.def). */
#ifndef SUYUAN_WEB_CONSOLE_AUDIT_WORDS_H
#define SUYUAN_WEB_CONSOLE_AUDIT_WORDS_H

#include "web/pages.h"

/* An entry of the document of audit.shown(); what the tables have no words for is shown as it is. */
struct view_console_audit_entry audit_entry_words(struct page *p, const json_t *entry);
/* The value of a column; lists and members one after the other, at most so much as is read. */
struct slice audit_value_words(struct page *p, const char *column, const json_t *value);
/* The choices of the filter; `chosen` is among them even if it is none of ours. */
void audit_add_actions(struct page *p, struct view_console_audit *view, struct slice chosen);
void audit_add_objects(struct page *p, struct view_console_audit *view, struct slice chosen);

#endif
