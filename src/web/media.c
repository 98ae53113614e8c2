/*
 * `GET /media/{SHA-256}.jpg`, `.pdf`: photos and papers that policy shows, logos. A worker keeps
 * some in memory, and one of them is sent only while the epoch of its product is the one it was
 * read at, as with everything else that can be hidden: within a second of being hidden it is gone
 * here, too. Browsers may keep it, but ask each time. Papers are never kept (web/media_paper.h).
 */
#include <openssl/rand.h>

#include "store/sql.h"
#include "web/cache.h"
#include "web/http_accept.h"
#include "web/http_part.h"
#include "web/lookup_backends.h"
#include "web/loop.h"
#include "web/media_paper.h"
#include "web/module.h"
#include "web/respond.h"
#include "web/state.h"
#include "web/worker_log.h"

enum {
	DIGEST_SIZE = MEDIA_DIGEST_SIZE,
	TAG_SIZE = 2 + 2 * DIGEST_SIZE,
	LOADS_MOST = 64,     /* questions under way at the same time */
	WAITERS_MOST = 4096, /* requests that wait for them */
	SHARED_MS = 500,     /* the oldest a question may be that another waits for, too */
};

/* A photo in memory. */
struct kept_photo {
	struct cache_entry entry; /* first */
	struct blob *blob;
	uint64_t gtin, epoch;
	uint64_t generation; /* of web/state */
	uint64_t born_ms;
};

/* One question and those who wait for its answer. Survives every one of them. */
struct load {
	unsigned char digest[DIGEST_SIZE];
	uint64_t asked_ms;
	struct db_query query;
	struct viewer *waiting;
	struct load *next, **previous;
};

/* Who asks for a photo; in the request's arena. */
struct viewer {
	struct request *request;
	unsigned char digest[DIGEST_SIZE];
	char tag[TAG_SIZE];
	bool wants_pdf;
	struct load *load; /* NULL: waits for none */
	struct viewer *next, **previous;
};

static struct {
	struct cache *cache;
	struct db *db; /* of its own: megabytes are not to stand before somebody's lookup */
	uint64_t most_age_ms;
	struct load *loads;
	unsigned load_count, waiter_count;
} kept;

/* --- photos in memory ------------------------------------------------------------------------ */

static struct slice key_of(const unsigned char digest[DIGEST_SIZE])
{
	return (struct slice){ (const char *)digest, DIGEST_SIZE };
}

static void photo_free(struct cache_entry *e)
{
	struct kept_photo *p = (struct kept_photo *)(void *)e;

	blob_unref(p->blob);
	free(p);
}

static struct kept_photo *photo_find(const unsigned char digest[DIGEST_SIZE])
{
	return (struct kept_photo *)(void *)cache_find(kept.cache, key_of(digest));
}

/* No word of a change of its product has come since it was read. */
static bool is_unchanged(const struct kept_photo *p)
{
	const struct lookup_gtin *known = state_gtin(p->gtin);

	return p->generation == state_generation() && known != NULL && p->epoch >= known->epoch;
}

/* And such a word would have come. */
static bool is_certain(const struct kept_photo *p)
{
	return state_is_fresh() && is_unchanged(p) && loop_now_ms() - p->born_ms < kept.most_age_ms;
}

static struct blob *answer_build(int status, const char *content_type, struct slice bytes,
				 const char *tag)
{
	struct answer a = {
		.status = status,
		.content_type = content_type,
		.body = bytes,
		.cache_control = "no-cache",
	};

	answer_add_header(&a, "etag", (struct slice){ tag, TAG_SIZE });
	return blob_build(&a);
}

/* One reference. NULL: out of memory. */
static struct kept_photo *photo_new(const struct load *l, const PGresult *rows, const char *tag)
{
	struct kept_photo *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->entry.free = photo_free;
	p->gtin = (uint64_t)db_i64_in(rows, 0, 0);
	p->epoch = (uint64_t)db_i64_in(rows, 0, 1);
	p->generation = state_generation();
	p->born_ms = l->asked_ms;
	p->blob = answer_build(200, "image/jpeg", db_text_in(rows, 0, 2), tag);
	if (p->blob == NULL) {
		photo_free(&p->entry);
		return NULL;
	}
	(void)cache_ref(&p->entry);
	(void)cache_add(kept.cache, &p->entry, key_of(l->digest), sizeof(*p) + blob_size(p->blob));
	return p;
}

/* --- answers --------------------------------------------------------------------------------- */

static void respond_none(struct request *r)
{
	respond_problem(r, 404, status_text(404), "There is no such picture.");
}

static void respond_busy(struct request *r)
{
	respond_problem(r, 503, status_text(503), NULL);
}

static void respond_photo(const struct viewer *v, const struct kept_photo *p)
{
	struct slice wanted = request_header(v->request, "if-none-match");
	struct blob *unchanged = NULL;

	if (v->wants_pdf) {
		respond_none(v->request);
		return;
	}
	if (etag_listed_weakly(wanted, (struct slice){ v->tag, TAG_SIZE }))
		unchanged = answer_build(304, NULL, S(""), v->tag);
	respond_blob(v->request, unchanged != NULL ? unchanged : p->blob);
	blob_unref(unchanged);
}

static bool is_paper(const PGresult *rows)
{
	return db_i64_in(rows, 0, 4) > 0;
}

static void respond_paper(const struct viewer *v, const PGresult *rows)
{
	struct media_paper paper = {
		.tag = { v->tag + 1, TAG_SIZE - 2 },
		.length = (uint64_t)db_i64_in(rows, 0, 4),
		.is_pdf = slice_equal(db_text_in(rows, 0, 3), S("application/pdf")),
	};

	memcpy(paper.digest, v->digest, sizeof(paper.digest));
	if (v->wants_pdf != paper.is_pdf)
		respond_none(v->request);
	else
		media_paper_answer(kept.db, v->request, &paper);
}

/* PostgreSQL is away: what was right when it was last heard of. False: nothing is known. */
static bool respond_kept(const struct viewer *v)
{
	struct kept_photo *p = photo_find(v->digest);

	if (p == NULL || !state_was_complete() || !is_unchanged(p))
		return false;
	respond_photo(v, p);
	return true;
}

/* --- asking ---------------------------------------------------------------------------------- */

static void viewer_link(struct load *l, struct viewer *v)
{
	v->load = l;
	v->next = l->waiting;
	v->previous = &l->waiting;
	if (v->next != NULL)
		v->next->previous = &v->next;
	l->waiting = v;
	kept.waiter_count++;
}

static void viewer_unlink(struct viewer *v)
{
	if (v->load == NULL)
		return;
	*v->previous = v->next;
	if (v->next != NULL)
		v->next->previous = v->previous;
	v->load = NULL;
	kept.waiter_count--;
}

static void on_gone(struct request *r, void *arg)
{
	(void)r;
	viewer_unlink(arg);
}

static void load_free(struct load *l)
{
	*l->previous = l->next;
	if (l->next != NULL)
		l->next->previous = l->previous;
	kept.load_count--;
	free(l);
}

static void tell(const struct viewer *v, enum db_result result, const PGresult *rows,
		 const struct kept_photo *p)
{
	if (result != DB_OK) {
		if (!respond_kept(v))
			respond_busy(v->request);
	} else if (PQntuples(rows) == 0)
		respond_none(v->request);
	else if (is_paper(rows))
		respond_paper(v, rows);
	else if (p == NULL)
		respond_busy(v->request);
	else
		respond_photo(v, p);
}

static void photo_forget(const unsigned char digest[DIGEST_SIZE])
{
	struct cache_entry *e = cache_find(kept.cache, key_of(digest));

	if (e != NULL)
		cache_remove(e);
}

static void on_rows(void *arg, enum db_result result, const PGresult *rows)
{
	struct load *l = arg;
	struct kept_photo *p = NULL;
	struct viewer *v = l->waiting;

	if (result == DB_OK)
		photo_forget(l->digest); /* it is not any more, or another comes */
	if (result == DB_OK && PQntuples(rows) > 0 && v != NULL && !is_paper(rows))
		p = photo_new(l, rows, v->tag);
	while ((v = l->waiting) != NULL) {
		viewer_unlink(v);
		tell(v, result, rows, p);
	}
	if (p != NULL)
		cache_unref(&p->entry);
	load_free(l);
}

static struct load *load_new(const unsigned char digest[DIGEST_SIZE])
{
	struct db_parameters parameters = { .count = 0 };
	struct load *l = NULL;

	if (kept.load_count < LOADS_MOST)
		l = calloc(1, sizeof(*l));
	if (l == NULL)
		return NULL;
	memcpy(l->digest, digest, DIGEST_SIZE);
	l->asked_ms = loop_now_ms();
	l->query.done = on_rows;
	l->query.arg = l;
	l->next = kept.loads;
	l->previous = &kept.loads;
	if (l->next != NULL)
		l->next->previous = &l->next;
	kept.loads = l;
	kept.load_count++;
	db_add_text(&parameters, key_of(l->digest));
	db_send(kept.db, &sql_lookup_photo, &parameters, &l->query);
	return l;
}

/* An older question may have been asked before a change that this request must see. */
static struct load *load_find(const unsigned char digest[DIGEST_SIZE])
{
	for (struct load *l = kept.loads; l != NULL; l = l->next)
		if (memcmp(l->digest, digest, DIGEST_SIZE) == 0 &&
		    loop_now_ms() - l->asked_ms < SHARED_MS)
			return l;
	return NULL;
}

static void ask(struct viewer *v)
{
	struct load *l = load_find(v->digest);

	if (kept.waiter_count >= WAITERS_MOST || (l == NULL && (l = load_new(v->digest)) == NULL)) {
		respond_busy(v->request);
		return;
	}
	viewer_link(l, v);
	request_wait(v->request, on_gone, v);
}

/* --- the handler ----------------------------------------------------------------------------- */

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "64 lower-case hexadecimal digits.jpg" or ".pdf": one name a file. */
static bool read_name(struct slice name, struct viewer *v)
{
	v->wants_pdf = slice_ends(name, S(".pdf"));
	if (name.length != 2 * DIGEST_SIZE + 4 || !(v->wants_pdf || slice_ends(name, S(".jpg"))))
		return false;
	for (size_t i = 0; i < DIGEST_SIZE; i++) {
		int high = hex_value(name.data[2 * i]), low = hex_value(name.data[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		v->digest[i] = (unsigned char)(high * 16 + low);
	}
	v->tag[0] = v->tag[TAG_SIZE - 1] = '"';
	memcpy(v->tag + 1, name.data, TAG_SIZE - 2);
	return true;
}

void serve_media(struct request *r);

void serve_media(struct request *r)
{
	struct viewer *v = arena_alloc(&r->arena, sizeof(*v));
	struct kept_photo *p;

	if (v == NULL) {
		respond_busy(r);
		return;
	}
	*v = (struct viewer){ .request = r };
	if (!read_name(r->captures[0], v)) {
		respond_none(r);
		return;
	}
	p = photo_find(v->digest);
	if (p != NULL && is_certain(p))
		respond_photo(v, p);
	/* No word from PostgreSQL for a second: nobody should wait for it to stay silent. */
	else if (state_is_fresh() || !respond_kept(v))
		ask(v);
}

/* --- the module ------------------------------------------------------------------------------ */

static const struct sql_query *const queries[] = { &sql_lookup_photo, &sql_lookup_paper };

static void start(const struct settings *s)
{
	struct siphash_key key;
	const struct db_options options = {
		.connection = s->public_database_url,
		.queries = queries,
		.query_count = COUNT_OF(queries),
		.deadline_ms = (unsigned)s->database_deadline_ms,
		.patient = true,
		.most_in_flight = LOADS_MOST + (unsigned)s->paper_readers,
	};

	media_paper_start((unsigned)s->paper_readers);
	kept.db = db_new(&options);
	kept.most_age_ms = s->cache_seconds * 1000;
	if (RAND_bytes((unsigned char *)&key, sizeof(key)) == 1)
		kept.cache = cache_new((size_t)s->cache_memory_mb << 20 >> 3, &key);
	if (kept.cache == NULL || kept.db == NULL)
		worker_fatal("no memory for pictures");
}

static void stop(void)
{
	while (kept.loads != NULL) {
		while (kept.loads->waiting != NULL)
			viewer_unlink(kept.loads->waiting);
		db_forget(&kept.loads->query);
		load_free(kept.loads);
	}
	cache_free(kept.cache);
	kept.cache = NULL;
	db_free(kept.db);
	kept.db = NULL;
}

const struct module module_media = {
	.name = "media",
	.programs = PROGRAM_LOOKUP,
	.start = start,
	.stop = stop,
};
