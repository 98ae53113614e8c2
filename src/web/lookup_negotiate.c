/* Weighs forms and codings of the public answer by Accept and Accept-Encoding. */
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

bool negotiate_coding(struct slice accept_encoding, enum packed_coding *ret_coding)
{
	static const struct slice codings[] = {
		[PACKED_BROTLI] = SLICE("br"),
		[PACKED_GZIP] = SLICE("gzip"),
		[PACKED_NOT] = SLICE("identity"),
	};
	size_t chosen;

	if (!accept_coding(accept_encoding, codings, COUNT_OF(codings), &chosen))
		return false;
	*ret_coding = (enum packed_coding)chosen;
	return true;
}
