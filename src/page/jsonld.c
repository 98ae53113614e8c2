/* The same fields in the words of schema.org. */
#include "page/json.h"

static void print_value(struct writer *w, struct words words)
{
	if (words.lang.length == 0) {
		print(w, IN_JSON, words.text);
		return;
	}
	buf_add_string(w->out, "{\"@value\":");
	print(w, IN_JSON, words.text);
	if (!slice_equal(words.lang, S("und"))) {
		buf_add_string(w->out, ",\"@language\":");
		print(w, IN_JSON, words.lang);
	}
	buf_add_char(w->out, '}');
}

static void print_term(struct writer *w, const char *term, struct words value)
{
	if (value.text.length == 0)
		return;
	buf_add_format(w->out, ",\"%s\":", term);
	print_value(w, value);
}

static void print_plain_term(struct writer *w, const char *term, struct slice value)
{
	print_term(w, term, (struct words){ .text = value });
}

static void begin_history(struct writer *w, bool *first, const char *name)
{
	buf_add_format(w->out, "%s{\"@type\":\"PropertyValue\",\"propertyID\":\"%s\",\"value\":",
		       *first ? ",\"mentions\":[" : "},", name);
	*first = false;
}

static void print_pin_history(struct writer *w, bool *first, const struct view_answer *a)
{
	begin_history(w, first, "pin.state");
	print(w, IN_JSON, slice_of(json_pin_state(a)));
	if (a->pin_left > 0) {
		begin_history(w, first, "pin.tries_left");
		buf_add_u64(w->out, a->pin_left);
	}
	if (a->pin_opened_iso.length > 0) {
		begin_history(w, first, "pin.opened");
		print(w, IN_JSON, a->pin_opened_iso);
	}
}

/* What happened to the item, as properties of the report about it. */
static void print_history(struct writer *w, const struct view_answer *a)
{
	bool first = true;

	if (a->visits > 0) {
		begin_history(w, &first, "visits");
		buf_add_u64(w->out, a->visits);
	}
	if (a->first_seen_iso.length > 0) {
		begin_history(w, &first, "first_seen");
		print(w, IN_JSON, a->first_seen_iso);
	}
	if (a->many_visits) {
		begin_history(w, &first, "many_visits");
		buf_add_string(w->out, "true");
	}
	if (a->pin)
		print_pin_history(w, &first, a);
	if (!first)
		buf_add_string(w->out, "}]");
}

void jsonld_print_item(struct writer *w, const struct view_answer *a)
{
	bool item = !a->NEVER_ISSUED && !a->MISTYPED && !a->BAD_LINK && !a->BUSY;

	buf_add_format(w->out, ",\"@type\":\"%s\"", item ? "IndividualProduct" : "Product");
	if (item) {
		print_plain_term(w, "@id", a->uri);
		print_plain_term(w, "hasGS1DigitalLink", a->uri);
		print_plain_term(w, "serialNumber", a->serial);
	}
	print_plain_term(w, "gtin", a->gtin);
	buf_add_string(w->out, ",\"subjectOf\":{\"@type\":\"Report\",\"identifier\":");
	print(w, IN_JSON, a->code);
	print_plain_term(w, "abstract", a->sentence);
	print_plain_term(w, "datePublished", a->since_iso);
	print_term(w, "about", a->reason);
	print_history(w, a);
	buf_add_string(w->out, "}}");
}

/* --- every field that has no word of its own at schema.org --------------------------------------
 */

/* A dotted name under construction: "lot.inspections.test". */
struct path {
	char text[120];
	size_t length;
};

static struct path path_with(const struct path *path, const char *name)
{
	struct path longer = *path;
	int n = snprintf(longer.text + longer.length, sizeof(longer.text) - longer.length, "%s%s",
			 longer.length > 0 ? "." : "", name);

	longer.length += n > 0 ? (size_t)n : 0;
	if (longer.length >= sizeof(longer.text))
		longer.length = sizeof(longer.text) - 1;
	return longer;
}

struct properties {
	struct writer *w;
	bool first;
};

static void print_shape(struct properties *p, const struct path *path, const struct shape *shape,
			const void *object);

static void begin_property(struct properties *p, const struct path *path)
{
	buf_add_format(p->w->out, "%s{\"@type\":\"PropertyValue\",\"propertyID\":\"%s\"",
		       p->first ? "" : ",", path->text);
	p->first = false;
}

static void print_entries(struct properties *p, const struct path *path, const struct member *m,
			  const void *place)
{
	const char *entries;
	size_t count;

	memcpy(&entries, place, sizeof(entries));
	memcpy(&count, (const char *)place + sizeof(entries), sizeof(count));
	for (size_t i = 0; i < count; i++) {
		struct properties inner = { p->w, true };

		begin_property(p, path);
		buf_add_string(p->w->out, ",\"valueReference\":[");
		print_shape(&inner, path, m->shape, entries + i * m->shape->size);
		buf_add_string(p->w->out, "]}");
	}
}

static void print_leaf(struct properties *p, const struct path *path, const struct member *m,
		       const void *place)
{
	struct words value = { { NULL, 0 }, { NULL, 0 } };

	memcpy(&value, place, m->kind == MEMBER_WORDS ? sizeof(value) : sizeof(value.text));
	if (value.text.length == 0)
		return;
	begin_property(p, path);
	print_term(p->w, "value", value);
	buf_add_char(p->w->out, '}');
}

static void print_shape(struct properties *p, const struct path *path, const struct shape *shape,
			const void *object)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct member *m = &shape->members[i];
		const char *place = (const char *)object + m->offset;
		struct path own = path_with(path, m->name);

		if (m->kind == MEMBER_COUNT)
			continue; /* the size of a picture is no statement about the product */
		if (m->kind == MEMBER_OBJECT)
			print_shape(p, &own, m->shape, place);
		else if (m->kind == MEMBER_LIST)
			print_entries(p, &own, m, place);
		else
			print_leaf(p, &own, m, place);
	}
}

/* --- the shared part ---------------------------------------------------------------------------
 */

static void print_brand(struct writer *w, const struct brand *b)
{
	const struct contact *c = &b->contact;

	if (b->name.text.length == 0)
		return;
	buf_add_string(w->out, ",\"brand\":{\"@type\":\"Organization\"");
	print_term(w, "name", b->name);
	print_term(w, "slogan", b->motto);
	print_term(w, "description", b->about);
	if (b->logo.sha256.length > 0)
		buf_add_format(w->out, ",\"logo\":\"/media/%.*s.jpg\"", SLICE_ARG(b->logo.sha256));
	print_plain_term(w, "telephone", c->phone);
	print_plain_term(w, "email", c->email);
	print_plain_term(w, "url", c->url);
	buf_add_char(w->out, '}');
}

/* A path of this server; JSON-LD resolves it against the document's own address. */
static void print_image(struct writer *w, const struct photo *photo)
{
	if (photo->sha256.length > 0)
		buf_add_format(w->out, ",\"image\":\"/media/%.*s.jpg\"", SLICE_ARG(photo->sha256));
}

static void print_country(struct writer *w, struct slice code)
{
	if (code.length == 0)
		return;
	buf_add_string(w->out, ",\"countryOfOrigin\":{\"@type\":\"Country\",\"identifier\":");
	print(w, IN_JSON, code);
	print_plain_term(w, "name", country_name(w->language, code));
	buf_add_char(w->out, '}');
}

/* What has been said by a term of schema.org is not said again as a property. */
static void print_properties(struct writer *w, const struct document *d)
{
	struct properties p = { w, true };
	struct path product = { "product", 7 }, lot = { "lot", 3 };
	struct product rest = d->product;
	struct lot lot_rest = d->lot;
	const struct member updated_member = { .kind = MEMBER_TIME };
	struct slice updated = document_updated(d);
	struct words none = { { NULL, 0 }, { NULL, 0 } };

	rest.name = rest.description = rest.category = none;
	rest.gtin = rest.origin_country = none.text;
	lot_rest.produced_on = none.text;
	buf_add_string(w->out, ",\"additionalProperty\":[");
	if (updated.length > 0)
		print_leaf(&p, &(struct path){ "updated", 7 }, &updated_member, &updated);
	print_shape(&p, &product, &shape_product, &rest);
	print_shape(&p, &lot, &shape_lot, &lot_rest);
	buf_add_char(w->out, ']');
}

void jsonld_print_shared(struct writer *w, const struct document *d, bool whole)
{
	buf_add_format(w->out, "{\"@context\":[\"https://schema.org\",{\"@language\":\"%s\"}]",
		       page_languages[w->language]);
	print_term(w, "name", d->product.name);
	print_term(w, "description", d->product.description);
	print_term(w, "category", d->product.category);
	print_image(w, &d->product.photo);
	print_brand(w, &d->brand);
	print_country(w, d->product.origin_country);
	print_plain_term(w, "productionDate", d->lot.produced_on);
	if (whole)
		print_properties(w, d);
}
