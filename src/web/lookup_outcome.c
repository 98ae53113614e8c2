/* Judges what was found and writes the answer. */
#include "web/lookup_outcome.h"

#include <openssl/evp.h>

#include "base/buf.h"
#include "model/digital_link.h"
#include "web/http_part.h"
#include "web/module.h"
#include "web/pin.h"
#include "web/worker_log.h"

enum { PAGE_MOST = 8 << 20, SECONDS_A_DAY = 86400, TAG_BYTES = 16 };

static struct buf page; /* being written; its memory is used again and again */
static EVP_MAC_CTX *tagger;

struct answer_name outcome_name(const struct outcome *o)
{
	return (struct answer_name){ o->request->path, o->language, o->form };
}

int64_t outcome_today(void)
{
	return (int64_t)(time(NULL) / SECONDS_A_DAY);
}

static struct date date_today(void)
{
	time_t now = time(NULL);
	struct tm utc;

	(void)gmtime_r(&now, &utc);
	return (struct date){ utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday };
}

static const struct page_shared *shared_of(const struct outcome *o)
{
	const struct page_shared *shared = NULL;

	if (o->documents != NULL)
		shared = documents_page(o->documents, o->language, o->form);
	return shared != NULL ? shared : documents_empty_page(o->language, o->form);
}

bool outcome_judge(struct outcome *o)
{
	const struct page_shared *shared = shared_of(o);
	struct verdict_facts facts = {
		.state = o->facts.state,
		.recalled = o->documents->text.recalled,
		.today = date_today(),
	};

	if (shared == NULL)
		return false;
	facts.best_before = page_shared_best_before(shared);
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
	answer_add_header(a, "vary", S("accept, accept-language"));
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

/*
 * Of the bytes that are sent: equal tags are equal answers, on every node. Poly1305 under a key
 * that is no secret, for its speed: a third of SHA-256's time, which was a sixth of a first visit.
 */
static void tag_of(struct slice body, char ret_tag[ANSWER_TAG_SIZE])
{
	static const unsigned char key[32] = "suyuan: entity tags of the pages";
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[TAG_BYTES];
	char *at = ret_tag;
	size_t size;

	if (!EVP_MAC_init(tagger, key, sizeof(key), NULL) ||
	    !EVP_MAC_update(tagger, (const unsigned char *)body.data, body.length) ||
	    !EVP_MAC_final(tagger, sum, &size, sizeof(sum)))
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

static void write_item(const struct outcome *o, const struct page_shared *shared, const char *uri)
{
	char gtin[GTIN_TEXT_SIZE] = "";
	bool recalled = o->verdict == VERDICT_RECALLED;
	struct page_item item = {
		.verdict = o->verdict,
		.serial = slice_of(o->facts.serial),
		.uri = slice_of(uri),
		.mistyped_at = o->mistyped_at,
		.age_seconds = o->age_seconds,
		.visits = o->facts.visits,
		.first_seen = slice_of(o->facts.first_seen),
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
	buf_clear(&page);
	page_item_write(&page, shared, &item);
}

/* Another path than the canonical one is not kept: one code could be written in many ways. */
static bool path_is_canonical(const struct outcome *o)
{
	char path[DL_ITEM_PATH_SIZE];

	digital_link_item_path(o->facts.gtin, slice_of(o->facts.serial), path);
	return slice_equal(o->request->path, slice_of(path));
}

static void respond_and_keep(const struct outcome *o, const struct answer *a, const char *tag)
{
	struct answer_name name = outcome_name(o);
	uint64_t epoch = o->facts.epoch;
	struct blob *blob = blob_build(a);

	if (blob == NULL) {
		respond(o->request, a);
		return;
	}
	if (o->documents->text.epoch < epoch)
		epoch = o->documents->text.epoch;
	if (o->may_keep && path_is_canonical(o))
		answers_keep(&name, blob, tag, epoch, o->asked_ms, outcome_today(), &o->facts);
	respond_blob(o->request, blob);
	blob_unref(blob);
}

static void respond_found(const struct outcome *o, struct answer *a)
{
	char tag[ANSWER_TAG_SIZE];

	tag_of(a->body, tag);
	a->cache_control = "no-cache"; /* a recall must reach everybody */
	answer_add_header(a, "etag", slice_of(tag));
	if (client_has(o, tag))
		respond_not_modified(o, tag);
	else
		respond_and_keep(o, a, tag);
}

static void respond_page(const struct outcome *o, const struct page_shared *shared, const char *uri)
{
	struct answer a = {
		.status = o->status != 0 ? o->status : (int)verdict_status(o->verdict),
		.content_type = page_content_type(o->form),
		.body = buf_slice(&page),
		.content_security_policy = page_security_policy(shared),
	};

	char link[400];

	add_common_headers(&a, o->language);
	if (o->verdict == VERDICT_BUSY || o->pin == PAGE_PIN_BUSY)
		answer_add_header(&a, "retry-after", S("2"));
	(void)snprintf(link, sizeof(link), "<%s>; rel=\"canonical\"", uri);
	if (is_positive(o))
		answer_add_header(&a, "link", slice_of(link));
	/* A copy from before is for this moment only. */
	if (is_positive(o) && o->age_seconds == 0 && !o->posted)
		respond_found(o, &a);
	else
		respond(o->request, &a);
}

void outcome_respond(struct outcome *o)
{
	const struct page_shared *shared = shared_of(o);
	char uri[256 + DL_ITEM_PATH_SIZE] = "", path[DL_ITEM_PATH_SIZE];

	if (is_positive(o)) {
		digital_link_item_path(o->facts.gtin, slice_of(o->facts.serial), path);
		(void)snprintf(uri, sizeof(uri), "%.255s%s", app_settings()->link_stem, path);
	}
	if (shared != NULL)
		write_item(o, shared, uri);
	if (shared == NULL || !buf_ok(&page))
		respond_problem(o->request, 503, "Out of memory", NULL);
	else
		respond_page(o, shared, uri);
}

void outcome_start(void)
{
	EVP_MAC *poly1305 = EVP_MAC_fetch(NULL, "POLY1305", NULL);

	if (poly1305 != NULL)
		tagger = EVP_MAC_CTX_new(poly1305);
	EVP_MAC_free(poly1305);
	if (tagger == NULL)
		worker_fatal("Poly1305 is not available");
	buf_init(&page, PAGE_MOST);
}

void outcome_stop(void)
{
	EVP_MAC_CTX_free(tagger);
	tagger = NULL;
	buf_release(&page);
}
