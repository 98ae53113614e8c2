/* Forms of the console's pages, read as if they were JSON. */
#ifndef SUYUAN_WEB_API_FORM_H
#define SUYUAN_WEB_API_FORM_H

#include "web/api.h"

/*
 * Fields become members: empty ones are left out, digits without a leading zero become numbers but
 * for the fields that are texts always, several of one name the last. False: answered.
 */
MUSTCHECK bool api_read_form(struct api_call *call);
/* The same from multipart/form-data, with its files to call->files. False: answered. */
MUSTCHECK bool api_read_upload(struct api_call *call);
/*
 * Whether the browser says that the form stands on a page of ours: a cookie alone does not tell
 * who made it send something.
 */
bool form_is_of_this_site(const struct request *r);

#endif
