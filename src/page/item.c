/* The answer for one item: a prepared page with a few places filled in. */
#include "page/item.h"

#include <assert.h>
#include <openssl/sha.h>

#include "page/answer.h"
#include "page/assets.h"
#include "page/colour.h"
#include "page/html.h"
#include "page/json.h"

enum {
	SOURCE_MEMORY_MAX = 64 << 20, /* while a page is being made */
	KEPT_MEMORY_MAX = 1 << 20,    /* what answers need of the documents afterwards */
	PAGE_MAX = 16 << 20,
	LINKED_DATA_MAX = 1 << 20,
	POLICY_SIZE = 256,
};

struct page_shared {
	enum page_form form;
	struct answer_ground ground;
	struct date best_before;
	struct buf prepared; /* the page with its slots left out */
	struct arena kept;   /* what `ground` points to */
	unsigned mark_count;
	struct mark marks[MARKS_MAX];
	char policy[POLICY_SIZE];
};

/* --- preparing ---------------------------------------------------------------------------------
 */

static struct words keep_words(struct arena *kept, struct words words)
{
	words.text = arena_copy(kept, words.text);
	words.lang = arena_copy(kept, words.lang);
	return words;
}

static void keep_ground(struct page_shared *s, const struct document *d)
{
	struct contact contact = {
		.phone = arena_copy(&s->kept, d->brand.contact.phone),
		.email = arena_copy(&s->kept, d->brand.contact.email),
		.url = arena_copy(&s->kept, d->brand.contact.url),
	};

	s->ground.brand = keep_words(&s->kept, d->brand.name);
	s->ground.product = keep_words(&s->kept, d->product.name);
	s->ground.best_before = arena_copy(&s->kept, d->lot.best_before);
	s->ground.contact = html_contact(&s->kept, &contact);
}

/* A month or a year lasts until its last day. */
static struct date last_day_of(struct slice iso)
{
	static const char *const endings[] = { "-12-31", "-31", "-30", "-29", "-28" };
	struct date date = { 0, 0, 0 };
	char whole[32];

	if (date_parse(iso, &date))
		return date;
	for (size_t i = 0; iso.length > 0 && i < COUNT_OF(endings); i++) {
		(void)snprintf(whole, sizeof(whole), "%.*s%s", SLICE_ARG(iso), endings[i]);
		if (date_parse(slice_of(whole), &date))
			return date;
	}
	return date;
}

static void base64(const unsigned char *bytes, size_t length, char *out)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		unsigned n = (unsigned)bytes[i] << 16;

		n |= i + 1 < length ? (unsigned)bytes[i + 1] << 8 : 0;
		n |= i + 2 < length ? bytes[i + 2] : 0;
		*out++ = letters[n >> 18];
		*out++ = letters[n >> 12 & 63];
		*out++ = i + 1 < length ? letters[n >> 6 & 63] : '=';
		*out++ = i + 2 < length ? letters[n & 63] : '=';
	}
	*out = '\0';
}

static void set_policy(struct page_shared *s, struct slice css)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char text[4 * (SHA256_DIGEST_LENGTH + 2) / 3 + 1];

	SHA256((const unsigned char *)css.data, css.length, digest);
	base64(digest, sizeof(digest), text);
	(void)snprintf(
	    s->policy, sizeof(s->policy),
	    "default-src 'none'; style-src 'sha256-%s'; img-src 'self'; base-uri 'none'; "
	    "form-action 'self'; frame-ancestors 'none'",
	    text);
}

static void insert(struct buf *b, size_t at, struct slice text)
{
	if (buf_reserve(b, text.length) == NULL || text.length == 0)
		return;
	memmove(b->data + at + text.length, b->data + at, b->length - at);
	memcpy(b->data + at, text.data, text.length);
	b->length += text.length;
}

/* What the data block shares stands right behind its slot. */
static void add_linked_data(struct page_shared *s, struct writer *w, const struct document *d)
{
	struct buf text;
	struct writer linked = { .out = &text, .language = s->ground.language };
	unsigned i = 0;

	buf_init(&text, LINKED_DATA_MAX);
	jsonld_print_shared(&linked, d, false);
	if (!buf_ok(&text))
		w->out->failed = true;
	while (i < w->mark_count && w->marks[i].slot != SLOT_linked_data)
		i++;
	if (i < w->mark_count)
		insert(w->out, w->marks[i].offset, buf_slice(&text));
	while (++i < w->mark_count)
		w->marks[i].offset += text.length;
	buf_release(&text);
}

static void prepare_html(struct page_shared *s, struct arena *memory, const struct document *d)
{
	struct writer w = { .out = &s->prepared, .language = s->ground.language };
	struct buf css;

	buf_init(&css, LINKED_DATA_MAX);
	buf_add_slice(&css, assets[ASSET_page_css].content);
	colour_accent_rules(&css, d->brand.accent);
	if (buf_ok(&css)) {
		set_policy(s, buf_slice(&css));
		html_print(&w, memory, d, buf_slice(&css));
	} else {
		memory->failed = true;
	}
	add_linked_data(s, &w, d);
	s->mark_count = w.mark_count;
	memcpy(s->marks, w.marks, sizeof(s->marks));
	buf_release(&css);
}

static void prepare(struct page_shared *s, struct arena *memory, const struct document *d)
{
	struct writer w = { .out = &s->prepared, .language = s->ground.language };

	s->mark_count = 1; /* of JSON: the item's own comes first */
	switch (s->form) {
	case PAGE_JSON:
		json_print_shared(&w, d);
		break;
	case PAGE_JSONLD:
		jsonld_print_shared(&w, d, true);
		break;
	default:
		prepare_html(s, memory, d);
	}
}

/* Gives back what a growing buffer took in advance. */
static void trim(struct buf *b)
{
	char *smaller = b->length == 0 ? NULL : realloc(b->data, b->length);

	if (smaller == NULL)
		return;
	b->data = smaller;
	b->capacity = b->length;
}

static size_t size_of(const struct page_shared *s)
{
	return sizeof(*s) + s->prepared.capacity + s->kept.used;
}

struct page_shared *page_shared_new(const struct document_source *source, unsigned language,
				    enum page_form form, size_t *ret_size)
{
	struct page_shared *s = calloc(1, sizeof(*s));
	struct arena memory;
	struct document d;

	if (s == NULL)
		return NULL;
	s->form = form;
	s->ground.language = language < LANGUAGE_COUNT ? language : 0;
	buf_init(&s->prepared, PAGE_MAX);
	arena_init(&s->kept, KEPT_MEMORY_MAX);
	arena_init(&memory, SOURCE_MEMORY_MAX);
	if (!document_read(&memory, source, s->ground.language, &d))
		goto fail;
	keep_ground(s, &d);
	s->best_before = last_day_of(d.lot.best_before);
	prepare(s, &memory, &d);
	if (memory.failed || s->kept.failed || !buf_ok(&s->prepared))
		goto fail;
	arena_release(&memory);
	trim(&s->prepared);
	*ret_size = size_of(s);
	return s;
fail:
	arena_release(&memory);
	page_shared_free(s);
	return NULL;
}

void page_shared_free(struct page_shared *s)
{
	if (s == NULL)
		return;
	buf_release(&s->prepared);
	arena_release(&s->kept);
	free(s);
}

struct date page_shared_best_before(const struct page_shared *s)
{
	return s->best_before;
}

/* --- answering ---------------------------------------------------------------------------------
 */

static void fill_html(struct writer *w, const struct view_answer *v, unsigned slot)
{
	switch ((enum slot)slot) {
	case SLOT_head:
		template_head(w, v);
		break;
	case SLOT_linked_data:
		jsonld_print_item(w, v);
		break;
	case SLOT_recall:
		template_recall(w, v);
		break;
	case SLOT_verdict:
		template_verdict(w, v);
		break;
	case SLOT_warning:
		template_warning(w, v);
		break;
	case SLOT_code:
		template_code(w, v);
		break;
	case SLOT_COUNT:
		assert(false);
	}
}

static void fill_slot(struct writer *w, const struct page_shared *s, const struct view_answer *v,
		      unsigned i)
{
	switch (s->form) {
	case PAGE_JSON:
		json_print_item(w, v);
		break;
	case PAGE_JSONLD:
		jsonld_print_item(w, v);
		break;
	default:
		fill_html(w, v, s->marks[i].slot);
	}
}

unsigned page_shared_slots(const struct page_shared *s)
{
	return s->mark_count;
}

struct slice page_shared_segment(const struct page_shared *s, unsigned i)
{
	size_t from = i == 0 ? 0 : s->marks[i - 1].offset;
	size_t until = i == s->mark_count ? s->prepared.length : s->marks[i].offset;

	return (struct slice){ s->prepared.data + from, until - from };
}

void page_item_write_slots(struct buf *out, const struct page_shared *s,
			   const struct page_item *item, size_t ret_ends[PAGE_SLOTS_MAX])
{
	struct writer w = { .out = out, .language = s->ground.language };
	struct answer a;

	answer_init(&a, &s->ground, item);
	for (unsigned i = 0; i < s->mark_count; i++) {
		fill_slot(&w, s, &a.view, i);
		ret_ends[i] = out->length;
	}
	if (a.memory.failed)
		out->failed = true;
	answer_release(&a);
}

void page_item_write(struct buf *out, const struct page_shared *s, const struct page_item *item)
{
	struct writer w = { .out = out, .language = s->ground.language };
	struct answer a;

	/* what is surely needed in one step; a failure is remembered by the buffer */
	(void)buf_reserve(out, s->prepared.length);
	answer_init(&a, &s->ground, item);
	for (unsigned i = 0; i < s->mark_count; i++) {
		buf_add_slice(out, page_shared_segment(s, i));
		fill_slot(&w, s, &a.view, i);
	}
	buf_add_slice(out, page_shared_segment(s, s->mark_count));
	if (a.memory.failed)
		out->failed = true;
	answer_release(&a);
}

const char *page_content_type(enum page_form form)
{
	switch (form) {
	case PAGE_JSON:
		return "application/json";
	case PAGE_JSONLD:
		return "application/ld+json";
	default:
		return "text/html; charset=utf-8";
	}
}

const char *page_security_policy(const struct page_shared *s)
{
	return s->form == PAGE_HTML ? s->policy : NULL;
}
