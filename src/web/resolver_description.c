/* /.well-known/gs1resolver: what this resolver is and can (GS1-Conformant Resolver Standard 1.2).
 */
#include "base/buf.h"
#include "model/link_type.h"
#include "web/json_text.h"
#include "web/module.h"
#include "web/respond.h"

enum { DESCRIPTION_MOST = 64 << 10 };

void serve_resolver_description(struct request *r);

static void add_member(struct buf *b, const char *name, const char *text)
{
	buf_add_format(b, ",\n\"%s\":", name);
	json_add_text(b, slice_of(text));
}

static void add_contact(struct buf *b, const struct settings *s)
{
	buf_add_string(b, ",\n\"contact\":{\"fn\":");
	json_add_text(b, slice_of(s->resolver_contact));
	if (s->resolver_telephone[0] != '\0') {
		buf_add_string(b, ",\"hasTelephone\":");
		json_add_text(b, slice_of(s->resolver_telephone));
	}
	if (s->resolver_email[0] != '\0') {
		buf_add_string(b, ",\"hasEmail\":");
		json_add_text(b, slice_of(s->resolver_email));
	}
	buf_add_char(b, '}');
}

static void add_link_types(struct buf *b)
{
	buf_add_string(b, ",\n\"supportedLinkType\":[{\"namespace\":\"" LINK_TYPE_STEM
			  "\",\"prefix\":\"gs1:\",\"profile\":"
			  "\"https://www.gs1.org/voc/?show=linktypes\"}]");
	buf_add_string(b, ",\n\"activeLinkTypes\":{\"en\":{");
	for (size_t i = 0; i < link_type_count(); i++) {
		char url[LINK_TYPE_MOST];

		(void)snprintf(url, sizeof(url), LINK_TYPE_STEM "%s", link_type_at(i));
		buf_add_format(b, "%s\n\"gs1:%s\":{\"title\":", i == 0 ? "" : ",", link_type_at(i));
		json_add_text(b, slice_of(link_type_label(slice_of(url))));
		buf_add_format(b, ",\"url\":\"%s\"}", url);
	}
	buf_add_string(b, "}}");
}

void serve_resolver_description(struct request *r)
{
	const struct settings *s = app_settings();
	struct answer a = {
		.status = 200,
		.content_type = "application/json",
		.cache_control = "max-age=3600",
	};
	struct buf b;

	buf_init(&b, DESCRIPTION_MOST);
	buf_add_string(&b, "{\"name\":");
	json_add_text(&b, slice_of(s->resolver_name));
	add_member(&b, "resolverRoot", s->link_stem);
	buf_add_string(&b, ",\n\"supportedPrimaryKeys\":[\"01\"]");
	add_link_types(&b);
	add_contact(&b, s);
	if (s->resolver_terms[0] != '\0')
		add_member(&b, "termsOfUse", s->resolver_terms);
	buf_add_string(&b, ",\n\"linkTypeDefaultCanBeLinkset\":false"
			   ",\n\"supportsSemanticInterpretation\":false"
			   ",\n\"supportsLanguageVariants\":true"
			   ",\n\"validatesAIcombinations\":true}\n");
	a.body = buf_slice(&b);
	if (buf_ok(&b))
		respond(r, &a);
	else
		respond_problem(r, 503, "Out of memory", NULL);
	buf_release(&b);
}
