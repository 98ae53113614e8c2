/* Weighs the forms of the public answer by the header Accept. */
#include "web/lookup_negotiate.h"

#include "web/http_accept.h"

static const struct media_type media[PAGE_FORM_COUNT] = {
	[PAGE_HTML] = { SLICE("text"), SLICE("html") },
	[PAGE_JSON] = { SLICE("application"), SLICE("json") },
	[PAGE_JSONLD] = { SLICE("application"), SLICE("ld+json") },
};

enum page_form negotiate_form(struct slice accept)
{
	unsigned qualities[PAGE_FORM_COUNT];
	enum page_form best = PAGE_HTML;

	accept_weigh(accept, media, PAGE_FORM_COUNT, qualities);
	for (enum page_form form = PAGE_HTML; form < PAGE_FORM_COUNT; form++)
		if (qualities[form] > qualities[best])
			best = form;
	return best;
}
