/* Follows the HTML of a template, and decides how data is escaped where it stands. */
#include "tool/templc/place.h"

#include <ctype.h>

#include "base/slice.h"

static const char *const raw_tags[] = { "title", "textarea", "script", "style" };

static bool is_one_of(const char *word, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}

static void lengthen(struct name *n, char c)
{
	size_t length = strlen(n->text);

	if (length == NAME_MAX_LENGTH)
		stop("the name \"%s…\" is too long", n->text);
	n->text[length] = (char)tolower((unsigned char)c);
	n->text[length + 1] = '\0';
}

static void end_tag(struct place *p)
{
	bool raw = !p->closing && is_one_of(p->tag.text, raw_tags, COUNT_OF(raw_tags));

	p->where = raw ? IN_RAW : IN_TEXT;
	if (!raw)
		p->tag.text[0] = '\0';
	p->closing = false;
	p->attribute.text[0] = '\0';
}

static void step_opening(struct place *p, char c)
{
	if (c == '/' && p->tag.text[0] == '\0' && !p->closing)
		p->closing = true;
	else if (isalnum((unsigned char)c) || (c == '!' && p->tag.text[0] == '\0'))
		lengthen(&p->tag, c);
	else if (c == '-' && strcmp(p->tag.text, "!") == 0)
		p->where = IN_REMARK;
	else if (p->tag.text[0] == '\0')
		stop("'<' that begins no tag; write &lt;");
	else if (c == '>')
		end_tag(p);
	else
		p->where = IN_TAG;
}

static void step_tag(struct place *p, char c)
{
	if (c == '>') {
		end_tag(p);
	} else if (!isspace((unsigned char)c) && c != '/') {
		p->where = IN_ATTRIBUTE_NAME;
		p->attribute.text[0] = '\0';
		lengthen(&p->attribute, c);
	}
}

static void step_attribute_name(struct place *p, char c)
{
	if (c == '=') {
		p->where = IN_EQUALS;
	} else if (c == '>') {
		end_tag(p);
	} else if (isspace((unsigned char)c) || c == '/') {
		p->where = IN_TAG;
		p->attribute.text[0] = '\0';
	} else {
		lengthen(&p->attribute, c);
	}
}

static void step_raw_opening(struct place *p, char c)
{
	p->where = IN_RAW;
	if (c != '/')
		return;
	p->where = IN_OPENING;
	p->closing = true;
	p->data_block = false;
	p->tag.text[0] = '\0';
}

void place_step(struct place *p, char c)
{
	switch (p->where) {
	case IN_TEXT:
		if (c == '<') {
			p->where = IN_OPENING;
			p->closing = false;
			p->tag.text[0] = '\0';
		}
		break;
	case IN_OPENING:
		step_opening(p, c);
		break;
	case IN_TAG:
		step_tag(p, c);
		break;
	case IN_ATTRIBUTE_NAME:
		step_attribute_name(p, c);
		break;
	case IN_EQUALS:
		if (c != '"')
			stop("the value of %s is not in double quotes", p->attribute.text);
		p->where = IN_VALUE;
		p->begun = false;
		p->first = '\0';
		break;
	case IN_VALUE:
		if (!p->begun)
			p->first = c;
		p->begun = true;
		if (c == '"') {
			p->where = IN_TAG;
			p->begun = false;
			p->attribute.text[0] = '\0';
		}
		break;
	case IN_RAW:
		if (c == '<')
			p->where = IN_RAW_OPENING;
		break;
	case IN_RAW_OPENING:
		step_raw_opening(p, c);
		break;
	case IN_REMARK:
		stop("an HTML comment; write {# … }");
	}
}

bool place_same(const struct place *a, const struct place *b)
{
	return a->where == b->where && a->closing == b->closing && a->data_block == b->data_block &&
	       a->begun == b->begun && strcmp(a->tag.text, b->tag.text) == 0 &&
	       strcmp(a->attribute.text, b->attribute.text) == 0;
}

static const char *const url_attributes[] = { "href",	  "src",	"action",   "formaction",
					      "cite",	  "data",	"poster",   "ping",
					      "manifest", "background", "longdesc", "xlink:href" };
static const char *const closed_attributes[] = { "style",	"srcdoc",  "srcset",
						 "imagesrcset", "sandbox", "http-equiv" };

static const char *context_in_value(const struct place *p, enum type type)
{
	const char *name = p->attribute.text;

	if (strncmp(name, "on", 2) == 0 ||
	    is_one_of(name, closed_attributes, COUNT_OF(closed_attributes)))
		stop("no data may stand in %s", name);
	if (!is_one_of(name, url_attributes, COUNT_OF(url_attributes)))
		return "IN_ATTRIBUTE";
	/* a path, a query, http:, https:, mailto: or tel:, but no javascript: or data: */
	if (p->begun && p->first != '\0' && strchr("/?#hmt", p->first) == NULL)
		stop("the link in %s does not begin as a harmless one", name);
	if (p->begun)
		return "IN_URL_PART";
	if (type != TYPE_URL)
		stop("%s wants a field of type url, or a literal beginning", name);
	return "IN_URL";
}

static const char *context_in_raw(const struct place *p, enum type type)
{
	if (strcmp(p->tag.text, "style") == 0) {
		if (type != TYPE_CSS)
			stop("only a field of type css may stand in a style");
		return NULL;
	}
	if (strcmp(p->tag.text, "script") != 0)
		return "IN_ATTRIBUTE"; /* title and textarea know character references, not tags */
	if (!p->data_block)
		stop("no data may stand in a script that is no JSON data block");
	return type == TYPE_JSON ? NULL : "IN_JSON";
}

const char *place_context(const struct place *p, enum type type)
{
	const char *context;

	switch (p->where) {
	case IN_TEXT:
		context = "IN_TEXT";
		break;
	case IN_VALUE:
		context = context_in_value(p, type);
		break;
	case IN_RAW:
		context = context_in_raw(p, type);
		break;
	default:
		stop("no data may stand here, inside a tag");
	}
	if (context != NULL && (type == TYPE_CSS || type == TYPE_JSON))
		stop("a field of type %s may not stand here", types[type].name);
	return context;
}
