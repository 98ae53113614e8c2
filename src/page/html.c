/* The page of one product and lot: documents to views, views to templates. */
#include "page/html.h"

#include "page/figure.h"
#include "page/flag.h"
#include "page/term.h"
#include "page/when.h"

enum {
	INGREDIENTS_SHORT = 1200, /* bytes that may stand open on the page */
	INSPECTIONS_SHOWN = 12,	  /* failed ones come first, so none of them hides */
	RANGE_WIDTH = 1000,	  /* of the drawn range, in its own units */
	RANGE_MARK = 12,
	TEXT_MAX = 4096,
};

struct maker {
	struct arena *memory;
	unsigned language;
};

static bool is_empty(struct slice s)
{
	return s.length == 0;
}

static struct slice country(struct maker *m, struct slice code)
{
	return is_empty(code) ? code : country_name(m->language, code);
}

static struct slice date(struct maker *m, struct slice iso)
{
	return is_empty(iso) ? iso : when_date(m->memory, m->language, iso);
}

/* The value of a checked decimal; no locale has a say. */
static double decimal(struct slice s)
{
	bool negative = s.length > 0 && s.data[0] == '-';
	double value = 0, scale = 0;

	for (size_t i = negative; i < s.length; i++) {
		if (s.data[i] == '.') {
			scale = 1;
			continue;
		}
		value = value * 10 + (s.data[i] - '0');
		scale *= 10;
	}
	value = scale > 0 ? value / scale : value;
	return negative ? -value : value;
}

static uint64_t thousandths(double part)
{
	double n = part * RANGE_WIDTH + 0.5;

	return n < 0 ? 0 : n > RANGE_WIDTH ? RANGE_WIDTH : (uint64_t)n;
}

/* --- materials and where they came from --------------------------------------------------------
 */

static void fill_material(struct maker *m, const struct material *from, struct view_material *v)
{
	v->name = from->name;
	v->country = country(m, from->country);
	v->flag = flag_of(m->memory, from->country);
	v->share = figure_percent(m->memory, m->language, from->share);
	v->bar = thousandths(decimal(from->share) / 100);
	v->recycled = figure_percent(m->memory, m->language, from->recycled_share);
	v->hazard = from->hazard;
	v->supplier = from->supplier;
}

static void fill_input(struct maker *m, const struct input *from, struct view_input *v)
{
	v->name = from->name;
	v->country = country(m, from->country);
	v->supplier = from->supplier;
	v->lot = from->lot;
	v->quantity =
	    figure_with_unit(m->memory, m->language, from->quantity.value, from->quantity.unit);
	v->received = date(m, from->received_on);
	v->received_iso = from->received_on;
}

/* --- inspections -------------------------------------------------------------------------------
 */

/*
 * Draws what is allowed as a band and the value as a mark. With both limits the band takes the
 * middle half; with one it takes three quarters from the open side. A value beyond the drawing
 * stands at its edge.
 */
static void fill_range(const struct inspection *from, struct view_inspection *v)
{
	const struct limits *l = &from->limits;
	double lower = decimal(l->lower), upper = decimal(l->upper);
	double value = decimal(from->value.number), start, width;
	bool same_unit = is_empty(l->unit) || is_empty(from->value.unit) ||
			 slice_equal(l->unit, from->value.unit);

	if (is_empty(from->value.number) || !same_unit ||
	    (is_empty(l->lower) && is_empty(l->upper)))
		return;
	if (!is_empty(l->lower) && !is_empty(l->upper)) {
		width = (upper - lower) * 2;
		start = lower - width / 4;
		v->band_from = RANGE_WIDTH / 4;
		v->band_width = RANGE_WIDTH / 2;
	} else if (!is_empty(l->upper)) {
		start = upper > 0 ? 0 : upper * 2 - 1;
		width = (upper - start) * 4 / 3;
		v->band_width = RANGE_WIDTH * 3 / 4;
	} else {
		width = lower > 0 ? lower * 4 : (1 - lower) * 4;
		start = lower - width / 4;
		v->band_from = RANGE_WIDTH / 4;
		v->band_width = RANGE_WIDTH * 3 / 4;
	}
	if (!(width > 0))
		return;
	v->ranged = true;
	v->mark = thousandths((value - start) / width) * (RANGE_WIDTH - RANGE_MARK) / RANGE_WIDTH;
}

static void fill_inspection(struct maker *m, const struct inspection *from,
			    struct view_inspection *v)
{
	const struct reading *r = &from->value;

	v->test = from->test;
	v->passed = slice_equal(from->verdict, S("pass"));
	v->failed = slice_equal(from->verdict, S("fail"));
	v->missing = slice_equal(from->verdict, S("missing"));
	v->information = slice_equal(from->verdict, S("information"));
	v->value = figure_with_unit(m->memory, m->language,
				    is_empty(r->number) ? r->text : r->number, r->unit);
	v->limits = figure_limits(m->memory, m->language, &from->limits);
	fill_range(from, v);
	v->method = from->method;
	if (!is_empty(from->time))
		v->when = when_time(m->memory, m->language, from->time);
	v->when_iso = from->time;
	v->laboratory = from->laboratory;
	v->instrument = from->instrument;
	v->certificate = from->certificate;
	v->by = !is_empty(v->laboratory.text) || !is_empty(v->when);
	v->deep = !is_empty(v->method) || !is_empty(v->instrument) || !is_empty(v->certificate);
}

/* --- journey and documents ---------------------------------------------------------------------
 */

static void fill_parameter(struct maker *m, const struct parameter *from, struct view_parameter *v)
{
	v->name = from->name;
	v->value = figure_with_unit(m->memory, m->language, from->value, from->unit);
}

/* "PDF 120 KB" */
static struct slice file_size(struct maker *m, const struct paper_file *file)
{
	char size[32];

	if (is_empty(file->sha256))
		return file->sha256;
	(void)snprintf(size, sizeof(size), "%llu" THIN_SPACE "KB",
		       (unsigned long long)(file->bytes + 1023) / 1024);
	return figure_joined(m->memory, slice_equal(file->type, S("pdf")) ? S("PDF") : S("JPEG"),
			     S("\xc2\xa0"), slice_of(size));
}

static void fill_paper(struct maker *m, const struct paper *from, struct view_paper *v)
{
	v->title = from->title;
	v->kind = term_paper(m->language, from->kind);
	v->issuer = from->issuer;
	v->issued = date(m, from->issued_on);
	v->issued_iso = from->issued_on;
	v->sha256 = is_empty(from->sha256) ? from->file.sha256 : from->sha256;
	v->file = from->file.sha256;
	v->file_type = from->file.type;
	v->file_size = file_size(m, &from->file);
}

/* Room for `count` views, or none when memory is out (which the arena remembers). */
#define MAKE_VIEWS(m, type, count) \
	((struct type *)arena_array((m)->memory, (count) + 1, sizeof(struct type)))

static void fill_span(struct maker *m, struct span span, struct view_step *v)
{
	v->when_iso = is_empty(span.from) ? span.to : span.from;
	if (is_empty(v->when_iso))
		return;
	v->when = when_time(m->memory, m->language, v->when_iso);
	v->zone = when_zone(m->memory, v->when_iso);
	if (is_empty(span.from) || is_empty(span.to) || slice_equal(span.from, span.to))
		return;
	v->until = when_until(m->memory, m->language, span);
	v->until_iso = span.to;
}

static void fill_step(struct maker *m, const struct step *from, struct view_step *v)
{
	struct view_parameter *parameters = MAKE_VIEWS(m, view_parameter, from->parameter_count);

	v->name = from->name;
	v->place = from->place;
	fill_span(m, from->time, v);
	for (size_t i = 0; parameters != NULL && i < from->parameter_count; i++)
		fill_parameter(m, &from->parameters[i], &parameters[i]);
	v->parameters = parameters;
	v->parameters_count = parameters == NULL ? 0 : from->parameter_count;
}

/* --- the lists of the page ---------------------------------------------------------------------
 */

static void add_materials(struct maker *m, const struct document *d, struct view_page *v)
{
	bool own = d->lot.material_count > 0;
	const struct material *from = own ? d->lot.materials : d->product.materials;
	size_t count = own ? d->lot.material_count : d->product.material_count;
	struct view_material *to = MAKE_VIEWS(m, view_material, count);

	if (to == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		fill_material(m, &from[i], &to[i]);
	v->materials = to;
	v->materials_count = count;
}

static void add_inputs(struct maker *m, const struct lot *lot, struct view_page *v)
{
	struct view_input *to = MAKE_VIEWS(m, view_input, lot->input_count);

	if (to == NULL)
		return;
	for (size_t i = 0; i < lot->input_count; i++)
		fill_input(m, &lot->inputs[i], &to[i]);
	v->inputs = to;
	v->inputs_count = lot->input_count;
}

static void add_inspections(struct maker *m, const struct lot *lot, struct view_page *v)
{
	size_t count = lot->inspection_count;
	size_t shown = count > INSPECTIONS_SHOWN + 3 ? INSPECTIONS_SHOWN : count;
	struct view_inspection *to = MAKE_VIEWS(m, view_inspection, count);

	if (to == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		fill_inspection(m, &lot->inspections[i], &to[i]);
	v->inspections = to;
	v->inspections_count = shown;
	v->more_inspections = to + shown;
	v->more_inspections_count = count - shown;
}

static void add_steps(struct maker *m, const struct lot *lot, struct view_page *v)
{
	struct view_step *to = MAKE_VIEWS(m, view_step, lot->step_count);

	if (to == NULL)
		return;
	for (size_t i = 0; i < lot->step_count; i++)
		fill_step(m, &lot->steps[i], &to[i]);
	v->steps = to;
	v->steps_count = lot->step_count;
}

static void add_papers(struct maker *m, const struct document *d, struct view_page *v)
{
	size_t of_product = d->product.paper_count;
	size_t count = of_product + d->lot.paper_count;
	struct view_paper *to = MAKE_VIEWS(m, view_paper, count);

	if (to == NULL)
		return;
	for (size_t i = 0; i < of_product; i++)
		fill_paper(m, &d->product.papers[i], &to[i]);
	for (size_t i = of_product; i < count; i++)
		fill_paper(m, &d->lot.papers[i - of_product], &to[i]);
	v->papers = to;
	v->papers_count = count;
}

static void add_languages(struct maker *m, struct view_page *v)
{
	struct view_language *to = MAKE_VIEWS(m, view_language, LANGUAGE_COUNT);

	if (to == NULL)
		return;
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
		to[i].tag = slice_of(page_languages[i]);
		to[i].name = text_in(i, TEXT_language_name);
		to[i].current = i == m->language;
	}
	v->languages = to;
	v->languages_count = LANGUAGE_COUNT;
}

/* --- the page ----------------------------------------------------------------------------------
 */

/* A link from what a brand wrote: the scheme before it, blanks and brackets of phone numbers gone.
 */
static struct slice link_of(struct maker *m, struct slice scheme, struct slice text)
{
	struct slice link = { NULL, 0 };
	struct buf b;

	if (is_empty(text))
		return text;
	buf_init(&b, TEXT_MAX);
	buf_add_slice(&b, scheme);
	for (size_t i = 0; i < text.length; i++)
		if (scheme.length == 0 || strchr(" ()/\t", text.data[i]) == NULL)
			buf_add_char(&b, text.data[i]);
	if (buf_ok(&b) && url_allowed(buf_slice(&b)))
		link = arena_copy(m->memory, buf_slice(&b));
	buf_release(&b);
	return link;
}

/* A web address as people read it: without scheme and closing slash. */
static struct slice site_text(struct slice url)
{
	if (slice_starts(url, S("https://")))
		url = slice_from(url, 8);
	else if (slice_starts(url, S("http://")))
		url = slice_from(url, 7);
	if (slice_ends(url, S("/")))
		url.length--;
	return url;
}

const struct view_contact *html_contact(struct arena *memory, const struct contact *contact)
{
	struct maker m = { .memory = memory };
	bool web =
	    slice_starts(contact->url, S("https:")) || slice_starts(contact->url, S("http:"));
	struct view_contact *v;

	if (is_empty(contact->phone) && is_empty(contact->email) && is_empty(contact->url))
		return NULL;
	v = arena_alloc(memory, sizeof(*v));
	if (v == NULL)
		return NULL;
	v->phone = contact->phone;
	v->phone_link = link_of(&m, S("tel:"), contact->phone);
	v->email = contact->email;
	v->email_link = link_of(&m, S("mailto:"), contact->email);
	v->site = site_text(contact->url);
	if (web)
		v->site_link = link_of(&m, S(""), contact->url);
	return v;
}

/* The first character of the name stands in for a logo. */
static struct words initial_of(struct words name)
{
	size_t n = 1;

	while (n < name.text.length && ((unsigned char)name.text.data[n] & 0xc0) == 0x80)
		n++;
	if (n < name.text.length)
		name.text.length = n;
	return name;
}

static void add_product(struct maker *m, const struct product *p, struct view_page *v)
{
	v->name = p->name;
	v->description = p->description;
	v->category = p->category;
	v->net_content = p->net_content;
	v->ingredients = p->ingredients;
	v->ingredients_long = p->ingredients.text.length > INGREDIENTS_SHORT;
	v->care = p->care;
	v->origin_country = country(m, p->origin_country);
	v->origin_flag = flag_of(m->memory, p->origin_country);
	v->origin_place = p->origin_place;
	v->photo = p->photo.sha256;
	v->photo_width = p->photo.width;
	v->photo_height = p->photo.height;
	v->product_said = date(m, p->updated);
	v->product_said_iso = p->updated;
	v->responsible = p->responsible;
}

static void add_lot(struct maker *m, const struct lot *l, struct view_page *v)
{
	v->made_country = country(m, l->country);
	v->made_flag = flag_of(m->memory, l->country);
	v->made_place = l->place;
	v->lot_said = date(m, l->updated);
	v->lot_said_iso = l->updated;
	v->facility = l->facility;
	v->lot = l->lot;
	v->produced = date(m, l->produced_on);
	v->produced_iso = l->produced_on;
	v->best_before = date(m, l->best_before);
	v->best_before_iso = l->best_before;
	v->quantity = figure_with_unit(m->memory, m->language, l->quantity.value, l->quantity.unit);
}

static bool has_facts(const struct view_page *v)
{
	return !is_empty(v->origin_country) || !is_empty(v->origin_place.text) ||
	       !is_empty(v->facility.text) || !is_empty(v->made_country) ||
	       !is_empty(v->made_place.text) || !is_empty(v->lot) || !is_empty(v->produced) ||
	       !is_empty(v->best_before) || !is_empty(v->quantity);
}

void html_print(struct writer *w, struct arena *memory, const struct document *d, struct slice css,
		struct slice linked_data)
{
	struct maker m = { .memory = memory, .language = w->language };
	struct view_page v = { .lang = slice_of(page_languages[w->language]),
			       .css = css,
			       .linked_data = linked_data };

	v.brand = d->brand.name;
	v.initial = initial_of(v.brand);
	v.motto = d->brand.motto;
	v.about = d->brand.about;
	v.logo = d->brand.logo.sha256;
	v.logo_width = d->brand.logo.width;
	v.logo_height = d->brand.logo.height;
	v.contact = html_contact(memory, &d->brand.contact);
	add_product(&m, &d->product, &v);
	add_lot(&m, &d->lot, &v);
	v.said_by = v.brand;
	add_materials(&m, d, &v);
	add_inputs(&m, &d->lot, &v);
	add_inspections(&m, &d->lot, &v);
	add_steps(&m, &d->lot, &v);
	add_papers(&m, d, &v);
	add_languages(&m, &v);
	v.has_facts = has_facts(&v);
	v.has_makers = v.materials_count > 0 || v.inputs_count > 0;
	v.updated_iso = document_updated(d);
	v.updated = date(&m, v.updated_iso);
	template_page(w, &v);
}
