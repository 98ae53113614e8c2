/* Chooses a page's language. */
#include "web/request_language.h"

#include "model/language.h"
#include "page/item.h"

unsigned request_language(struct request *r)
{
	return language_choose(page_languages, page_language_count, request_query(r, "lang"),
			       request_header(r, "accept-language"));
}
