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
	struct buf prepared;	/* the page with its slots left out */
	struct buf linked_data; /* HTML only: the shared part of the data block */
	struct arena kept;	/* what `ground` points to */
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

static void prepare_html(struct page_shared *s, struct arena *memory, const struct document *d)
{
	struct writer w = { .out = &s->prepared, .language = s->ground.language };
	struct writer linked = { .out = &s->linked_data, .language = s->ground.language };
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
	jsonld_print_shared(&linked, d, false);
	s->mark_count = w.mark_count;
	memcpy(s->marks, w.marks, sizeof(s->marks));
	buf_release(&css);
}

static void prepare(struct page_shared *s, struct arena *memory, const struct document *d)
{
	struct writer w = { .out = &s->prepared, .language = s->ground.language };

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
	return sizeof(*s) + s->prepared.capacity + s->linked_data.capacity + s->kept.used;
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
	buf_init(&s->linked_data, LINKED_DATA_MAX);
	arena_init(&s->kept, KEPT_MEMORY_MAX);
	arena_init(&memory, SOURCE_MEMORY_MAX);
	if (!document_read(&memory, source, s->ground.language, &d))
		goto fail;
	keep_ground(s, &d);
	s->best_before = last_day_of(d.lot.best_before);
	prepare(s, &memory, &d);
	if (memory.failed || s->kept.failed || !buf_ok(&s->prepared) || !buf_ok(&s->linked_data))
		goto fail;
	arena_release(&memory);
	trim(&s->prepared);
	trim(&s->linked_data);
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
	buf_release(&s->linked_data);
	arena_release(&s->kept);
	free(s);
}

struct date page_shared_best_before(const struct page_shared *s)
{
	return s->best_before;
}

/* --- answering ---------------------------------------------------------------------------------
 */

static void print_linked_data(struct writer *w, const struct page_shared *s,
			      const struct view_answer *v)
{
	jsonld_print_item(w, v);
	buf_add_slice(w->out, buf_slice(&s->linked_data));
}

static void fill_slot(struct writer *w, const struct page_shared *s, const struct view_answer *v,
		      unsigned slot)
{
	switch ((enum slot)slot) {
	case SLOT_head:
		template_head(w, v);
		break;
	case SLOT_linked_data:
		print_linked_data(w, s, v);
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

static void write_html(struct writer *w, const struct page_shared *s, const struct view_answer *v)
{
	size_t written = 0;

	for (unsigned i = 0; i < s->mark_count; i++) {
		size_t until = s->marks[i].offset;

		buf_add(w->out, s->prepared.data + written, until - written);
		fill_slot(w, s, v, s->marks[i].slot);
		written = until;
	}
	buf_add(w->out, s->prepared.data + written, s->prepared.length - written);
}

void page_item_write(struct buf *out, const struct page_shared *s, const struct page_item *item)
{
	struct writer w = { .out = out, .language = s->ground.language };
	struct answer a;

	/* what is surely needed in one step; a failure is remembered by the buffer */
	(void)buf_reserve(out, s->prepared.length + s->linked_data.length);
	answer_init(&a, &s->ground, item);
	switch (s->form) {
	case PAGE_JSON:
		json_print_item(&w, &a.view);
		buf_add_slice(out, buf_slice(&s->prepared));
		break;
	case PAGE_JSONLD:
		jsonld_print_item(&w, &a.view);
		buf_add_slice(out, buf_slice(&s->prepared));
		break;
	default:
		write_html(&w, s, &a.view);
	}
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
