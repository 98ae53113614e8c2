/* Judges what was found and writes the answer. */
#include "web/lookup_outcome.h"

#include <openssl/evp.h>

#include "base/buf.h"
#include "model/digital_link.h"
#include "web/http_part.h"
#include "web/module.h"
#include "web/pin.h"
#include "web/worker_log.h"

enum { PAGE_MOST = 8 << 20, LINK_HEADER_MOST = 4096, TAG_BYTES = 16, STEM_MOST = 255 };

/* What is being written; the memory is used again and again. */
static struct buf own;	 /* the item's own parts */
static struct buf body;	 /* what is sent */
static struct buf links; /* the value of the header Link */
static EVP_MAC_CTX *tagger;

struct answer_name outcome_name(const struct outcome *o)
{
	return (struct answer_name){ o->request->path, o->language, o->form, o->coding };
}

static struct lookup_page *page_of(const struct outcome *o)
{
	struct lookup_page *page = NULL;

	if (o->documents != NULL)
		page = documents_page(o->documents, o->language, o->form);
	return page != NULL ? page : documents_empty_page(o->language, o->form);
}

bool outcome_judge(struct outcome *o)
{
	const struct lookup_page *page = page_of(o);
	struct verdict_facts facts = {
		.state = o->facts.state,
		.recalled = o->documents->text.recalled,
		.best_until = BEST_FOREVER,
		.now = (int64_t)time(NULL),
	};

	if (page == NULL)
		return false;
	if (page_shared_says_best_before(page->shared))
		facts.best_until = o->documents->text.best_until;
	o->date =
	    (struct answer_date){ facts.best_until, best_is_over(facts.best_until, facts.now) };
	o->verdict = verdict_of(&facts);
	return true;
}

/* --- headers --------------------------------------------------------------------------------- */

static bool is_positive(const struct outcome *o)
{
	return verdict_status(o->verdict) == 200;
}

static void add_common_headers(struct answer *a, unsigned language)
{
	answer_add_header(a, "vary", S("accept, accept-language, accept-encoding"));
	answer_add_header(a, "content-language", slice_of(page_languages[language]));
	answer_add_header(a, "x-robots-tag", S("noindex"));
}

static bool client_has(const struct outcome *o, const char *tag)
{
	return etag_listed_weakly(request_header(o->request, "if-none-match"), slice_of(tag));
}

static void respond_not_modified(const struct outcome *o, const char *tag)
{
	struct answer a = { .status = 304, .cache_control = "no-cache" };

	add_common_headers(&a, o->language);
	answer_add_header(&a, "etag", slice_of(tag));
	respond(o->request, &a);
}

void outcome_respond_kept(const struct outcome *o, struct kept_answer *k)
{
	if (client_has(o, k->tag))
		respond_not_modified(o, k->tag);
	else
		respond_blob(o->request, k->blob);
}

/* --- what is sent ---------------------------------------------------------------------------- */

/* An answer in its parts. */
struct made {
	struct lookup_page *page;
	struct slice slots[PAGE_SLOTS_MAX]; /* in `own` */
	unsigned count;
	enum packed_coding coding; /* that it is sent in */
	const char *path;	   /* the canonical one */
	char tag[ANSWER_TAG_SIZE];
};

static void write_plain(const struct made *m)
{
	for (unsigned i = 0; i < m->count; i++) {
		buf_add_slice(&body, page_shared_segment(m->page->shared, i));
		buf_add_slice(&body, m->slots[i]);
	}
	buf_add_slice(&body, page_shared_segment(m->page->shared, m->count));
}

/* A page too long to be compressed goes as it is, to whoever asked for something else, too. */
static void write_body(struct made *m, enum packed_coding wanted)
{
	const struct packed *packed = NULL;

	buf_clear(&body);
	if (wanted != PACKED_NOT)
		packed = lookup_page_packed(m->page, wanted, m->slots);
	m->coding = packed != NULL ? wanted : PACKED_NOT;
	if (packed != NULL)
		packed_write(&body, packed, m->slots);
	else
		write_plain(m);
}

static bool add_to_tag(const void *data, size_t length)
{
	return EVP_MAC_update(tagger, data, length) == 1;
}

/*
 * Of all that decides over the bytes that are sent: equal tags are equal answers, on every node.
 * Poly1305 under a key that is no secret, for its speed: a third of SHA-256's time.
 */
static void tag(struct made *m)
{
	static const unsigned char key[32] = "suyuan: entity tags of the pages";
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[TAG_BYTES], coding = (unsigned char)m->coding;
	char *at = m->tag;
	bool good = EVP_MAC_init(tagger, key, sizeof(key), NULL) == 1 && add_to_tag(&coding, 1) &&
		    add_to_tag(m->page->digest, sizeof(m->page->digest));
	size_t size, lengths[PAGE_SLOTS_MAX];

	for (unsigned i = 0; i < m->count; i++)
		lengths[i] = m->slots[i].length;
	/* The slots stand behind each other in `own`. */
	good = good && add_to_tag(lengths, m->count * sizeof(lengths[0])) &&
	       add_to_tag(own.data, own.length);
	if (!good || !EVP_MAC_final(tagger, sum, &size, sizeof(sum)))
		worker_fatal("Poly1305 failed");
	*at++ = '"';
	for (unsigned i = 0; i < TAG_BYTES; i++) {
		*at++ = digits[sum[i] >> 4];
		*at++ = digits[sum[i] & 15];
	}
	*at++ = '"';
	*at = '\0';
}

/* --- writing --------------------------------------------------------------------------------- */

static void write_item(const struct outcome *o, struct made *m, const char *uri)
{
	size_t ends[PAGE_SLOTS_MAX], from = 0;
	char gtin[GTIN_TEXT_SIZE] = "";
	/* Of the lot; a recall of this very code has its own reason. */
	bool recalled = o->verdict == VERDICT_RECALLED && o->facts.state != ITEM_RECALLED;
	struct page_item item = {
		.verdict = o->verdict,
		.serial = slice_of(o->facts.serial),
		.uri = slice_of(uri),
		.expired_early = o->facts.state == ITEM_EXPIRED,
		.mistyped_at = o->mistyped_at,
		.age_seconds = o->age_seconds,
		.visits = o->facts.visits,
		.first_seen = slice_of(o->facts.first_seen),
		.many_visits = o->facts.visits >= app_settings()->many_visits,
		.pin = o->posted && o->pin != PAGE_PIN_NONE ? o->pin
							    : pin_standing(&o->facts, o->verdict),
		.pin_left = pin_left(&o->facts),
		.pin_opened = slice_of(o->facts.pin_opened),
	};

	if (o->verdict != VERDICT_BAD_LINK)
		gtin_format(o->facts.gtin, gtin);
	item.gtin = slice_of(gtin);
	if (is_positive(o)) {
		item.since = recalled ? o->documents->text.recall_since : slice_of(o->facts.since);
		item.reason = recalled ? o->documents->text.recall_reason : o->facts.reason;
	}
	buf_clear(&own);
	page_item_write_slots(&own, m->page->shared, &item, ends);
	m->count = page_shared_slots(m->page->shared);
	for (unsigned i = 0; i < m->count; from = ends[i++])
		m->slots[i] = (struct slice){ own.data + from, ends[i] - from };
}

/* Another path than the canonical one is not kept: one code could be written in many ways. */
static bool path_is_canonical(const struct outcome *o, const struct made *m)
{
	return slice_equal(o->request->path, slice_of(m->path));
}

/* What is known of the item, and the answer where `blob` is not NULL. */
static void keep(const struct outcome *o, const struct made *m, struct blob *blob)
{
	struct answer_name name = outcome_name(o);
	uint64_t epoch = o->facts.epoch;

	if (o->documents->text.epoch < epoch)
		epoch = o->documents->text.epoch;
	if (o->may_keep && path_is_canonical(o, m))
		answers_keep(&name, blob, m->tag, epoch, o->asked_ms, o->date, &o->facts);
}

static void respond_and_keep(const struct outcome *o, const struct answer *a, const struct made *m)
{
	struct blob *blob = o->again ? blob_build(a) : NULL;

	keep(o, m, blob);
	if (blob != NULL)
		respond_blob(o->request, blob);
	else
		respond(o->request, a);
	blob_unref(blob);
}

static void respond_found(const struct outcome *o, struct answer *a, struct made *m)
{
	tag(m);
	a->cache_control = "no-cache"; /* a recall must reach everybody */
	answer_add_header(a, "etag", slice_of(m->tag));
	if (!client_has(o, m->tag)) {
		respond_and_keep(o, a, m);
		return;
	}
	if (!o->again)
		keep(o, m, NULL);
	respond_not_modified(o, m->tag);
}

static void write_links(const char *uri)
{
	buf_clear(&links);
	buf_add_char(&links, '<');
	buf_add_string(&links, uri);
	buf_add_string(&links, ">; rel=\"canonical\", <");
	buf_add_string(&links, uri);
	buf_add_string(&links, "?linkType=linkset>; rel=\"linkset\"; "
			       "type=\"application/linkset+json\"");
}

static void respond_page(const struct outcome *o, struct made *m, const char *uri)
{
	struct answer a = {
		.status = o->status != 0 ? o->status : (int)verdict_status(o->verdict),
		.content_type = page_content_type(o->form),
		.body = buf_slice(&body),
		.content_security_policy = page_security_policy(m->page->shared),
	};

	add_common_headers(&a, o->language);
	if (m->coding != PACKED_NOT)
		answer_add_header(&a, "content-encoding", slice_of(packed_name(m->coding)));
	if (o->verdict == VERDICT_BUSY || o->pin == PAGE_PIN_BUSY)
		answer_add_header(&a, "retry-after", S("2"));
	if (is_positive(o)) {
		write_links(uri);
		answer_add_header(&a, "link", buf_slice(&links));
	}
	/* A copy from before is for this moment only. */
	if (is_positive(o) && o->age_seconds == 0 && !o->posted)
		respond_found(o, &a, m);
	else
		respond(o->request, &a);
}

/* The address of the item's page; its path, inside `uri`. Both are "" where it has none. */
static const char *write_uri(const struct outcome *o, char uri[STEM_MOST + DL_ITEM_PATH_SIZE])
{
	struct slice stem = slice_of(app_settings()->link_stem);

	uri[0] = '\0';
	if (!is_positive(o))
		return uri;
	if (stem.length > STEM_MOST)
		stem.length = STEM_MOST;
	memcpy(uri, stem.data, stem.length);
	digital_link_item_path(o->facts.gtin, slice_of(o->facts.serial), uri + stem.length);
	return uri + stem.length;
}

void outcome_respond(struct outcome *o)
{
	char uri[STEM_MOST + DL_ITEM_PATH_SIZE];
	struct made m = { .page = page_of(o), .path = write_uri(o, uri) };

	if (m.page != NULL) {
		write_item(o, &m, uri);
		write_body(&m, o->coding);
	}
	if (m.page == NULL || !buf_ok(&own) || !buf_ok(&body))
		respond_problem(o->request, 503, "Out of memory", NULL);
	else
		respond_page(o, &m, uri);
}

void outcome_start(void)
{
	EVP_MAC *poly1305 = EVP_MAC_fetch(NULL, "POLY1305", NULL);

	if (poly1305 != NULL)
		tagger = EVP_MAC_CTX_new(poly1305);
	EVP_MAC_free(poly1305);
	if (tagger == NULL)
		worker_fatal("Poly1305 is not available");
	buf_init(&own, PAGE_MOST);
	buf_init(&body, PAGE_MOST);
	buf_init(&links, LINK_HEADER_MOST);
}

void outcome_stop(void)
{
	EVP_MAC_CTX_free(tagger);
	tagger = NULL;
	buf_release(&own);
	buf_release(&body);
	buf_release(&links);
}
