/* The language of the page a customer gets. */
#ifndef SUYUAN_WEB_REQUEST_LANGUAGE_H
#define SUYUAN_WEB_REQUEST_LANGUAGE_H

#include "web/request.h"

/* Of page_languages: what ?lang= names, else the best of Accept-Language, else the first. */
unsigned request_language(struct request *r);

#endif
