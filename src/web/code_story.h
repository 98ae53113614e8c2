/* The page of one code, whichever way it was found: by its place in a batch or by its serial. */
#ifndef SUYUAN_WEB_CODE_STORY_H
#define SUYUAN_WEB_CODE_STORY_H

#include "web/pages.h"

/*
 * Answers with it. `story` is the document of api_code_query.sql; `address` what is printed, or
 * empty.
 */
void code_story_show(struct api_call *call, const json_t *story, struct slice serial,
		     struct slice address);
/* What happened, as a row: a step of a code, or an event of a batch with codes and places. */
void code_story_event(struct page *p, const json_t *event, struct slice local,
		      struct view_console_event *to);

#endif
