/* The answer for one item: a prepared page with a few places filled in. */
#include "page/item.h"

#include <assert.h>

#include "page/answer.h"
#include "page/assets.h"
#include "page/colour.h"
#include "page/html.h"
#include "page/json.h"
#include "page/policy.h"

enum {
	SOURCE_MEMORY_MAX = 64 << 20, /* while a page is being made */
	KEPT_MEMORY_MAX = 1 << 20,    /* what answers need of the documents afterwards */
	PAGE_MAX = 16 << 20,
	LINKED_DATA_MAX = 1 << 20,
	OWN_LEAST = 1024, /* a shared stretch below this is no part of its own */
};

/* The marks of one part that is the item's own, and the little that stands between them. */
struct own {
	unsigned first, count;
};

struct page_shared {
	enum page_form form;
	struct answer_ground ground;
	struct buf prepared; /* the page with its slots left out */
	struct arena kept;   /* what `ground` points to */
	unsigned mark_count;
	struct mark marks[MARKS_MAX];
	unsigned own_count;
	struct own own[PAGE_SLOTS_MAX];
	struct policy policy;
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
	s->ground.photo = arena_copy(&s->kept, d->product.photo.sha256);
	s->ground.best_before = arena_copy(&s->kept, d->lot.best_before);
	s->ground.contact = html_contact(&s->kept, &contact);
}

static void prepare_html(struct page_shared *s, struct arena *memory, const struct document *d)
{
	struct writer w = { .out = &s->prepared, .language = s->ground.language };
	struct buf css, linked_data;
	struct writer linked = { .out = &linked_data, .language = s->ground.language };

	buf_init(&css, LINKED_DATA_MAX);
	buf_init(&linked_data, LINKED_DATA_MAX);
	buf_add_slice(&css, assets[ASSET_page_css].content);
	colour_accent_rules(&css, d->brand.accent);
	jsonld_print_shared(&linked, d, false);
	if (buf_ok(&css) && buf_ok(&linked_data)) {
		policy_of_css(buf_slice(&css), &s->policy);
		html_print(&w, memory, d, buf_slice(&css), buf_slice(&linked_data));
	} else {
		memory->failed = true;
	}
	s->mark_count = w.mark_count;
	memcpy(s->marks, w.marks, sizeof(s->marks));
	buf_release(&css);
	buf_release(&linked_data);
}

/* The item's part of JSON stands before the shared one, that of JSON-LD behind it. */
static void mark_data(struct page_shared *s, size_t offset)
{
	s->mark_count = 1;
	s->marks[0] = (struct mark){ offset, SLOT_linked_data };
}

static void prepare(struct page_shared *s, struct arena *memory, const struct document *d)
{
	struct writer w = { .out = &s->prepared, .language = s->ground.language };

	switch (s->form) {
	case PAGE_JSON:
		mark_data(s, 0);
		json_print_shared(&w, d);
		break;
	case PAGE_JSONLD:
		jsonld_print_shared(&w, d, true);
		mark_data(s, s->prepared.length);
		break;
	default:
		prepare_html(s, memory, d);
	}
}

/* Marks that stand close together belong to one part: to compress what little is between them by
 * itself would cost more than it saves. */
static void gather_own(struct page_shared *s)
{
	for (unsigned i = 0; i < s->mark_count; i++) {
		size_t between = i == 0 ? 0 : s->marks[i].offset - s->marks[i - 1].offset;

		if (i > 0 && (between < OWN_LEAST || s->own_count == PAGE_SLOTS_MAX))
			s->own[s->own_count - 1].count++;
		else
			s->own[s->own_count++] = (struct own){ i, 1 };
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
	prepare(s, &memory, &d);
	gather_own(s);
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

bool page_shared_says_best_before(const struct page_shared *s)
{
	return s->ground.best_before.length > 0;
}

/* --- answering ---------------------------------------------------------------------------------
 */

static void fill_slot(struct writer *w, const struct page_shared *s, const struct view_answer *v,
		      unsigned slot)
{
	switch ((enum slot)slot) {
	case SLOT_head:
		template_head(w, v);
		break;
	case SLOT_linked_data:
		if (s->form == PAGE_JSON)
			json_print_item(w, v);
		else
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

unsigned page_shared_slots(const struct page_shared *s)
{
	return s->own_count;
}

struct slice page_shared_segment(const struct page_shared *s, unsigned i)
{
	size_t begin = 0, end = s->prepared.length;

	assert(i <= s->own_count);
	if (i > 0)
		begin = s->marks[s->own[i - 1].first + s->own[i - 1].count - 1].offset;
	if (i < s->own_count)
		end = s->marks[s->own[i].first].offset;
	return (struct slice){ s->prepared.data + begin, end - begin };
}

static void write_own(struct writer *w, const struct page_shared *s, const struct view_answer *v,
		      const struct own *own)
{
	size_t written = s->marks[own->first].offset;

	for (unsigned i = own->first; i < own->first + own->count; i++) {
		size_t until = s->marks[i].offset;

		buf_add(w->out, s->prepared.data + written, until - written);
		fill_slot(w, s, v, s->marks[i].slot);
		written = until;
	}
}

void page_item_write_slots(struct buf *out, const struct page_shared *s,
			   const struct page_item *item, size_t ret_ends[PAGE_SLOTS_MAX])
{
	struct writer w = { .out = out, .language = s->ground.language };
	struct answer a;

	answer_init(&a, &s->ground, item);
	for (unsigned i = 0; i < s->own_count; i++) {
		write_own(&w, s, &a.view, &s->own[i]);
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
	for (unsigned i = 0; i < s->own_count; i++) {
		buf_add_slice(out, page_shared_segment(s, i));
		write_own(&w, s, &a.view, &s->own[i]);
	}
	buf_add_slice(out, page_shared_segment(s, s->own_count));
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
	return s->form == PAGE_HTML ? s->policy.text : NULL;
}
