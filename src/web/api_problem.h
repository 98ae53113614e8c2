/* Problem documents (RFC 9457) of the API with members of their own. */
#ifndef SUYUAN_WEB_API_PROBLEM_H
#define SUYUAN_WEB_API_PROBLEM_H

#include "web/api.h"

/*
 * Takes `members` over (an object; NULL: none). A whole number `retry_after` among them also
 * becomes the header Retry-After. Where they have no "code", the status gives one.
 */
void api_problem_members(struct api_call *call, int status, json_t *members, const char *detail);

#endif
