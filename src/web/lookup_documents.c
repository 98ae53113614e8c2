/* Keeps the documents of lots in memory and loads those that are missing, each once. */
#include "web/lookup_documents.h"

#include <assert.h>
#include <openssl/rand.h>

#include "store/sql.h"
#include "web/lookup_backends.h"
#include "web/lookup_sealed.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/state.h"

enum {
	FLIGHTS_MOST = 2048, /* loads at the same time */
	WAITERS_MOST = 8192, /* lookups that wait for them */
	TRIES_MOST = 3,	     /* when what was loaded is older than what a lookup has seen */
};

/* One load and those who wait for it. Survives every one of them. */
struct flight {
	uint64_t gtin;
	char handle[LOT_HANDLE_MAX];
	size_t handle_length;
	uint64_t epoch; /* the newest that a waiter needs */
	uint64_t asked_ms;
	struct redis_read read;
	struct db_query query;
	struct documents_wait *waiting, **waiting_end;
	struct flight *next, **previous;
};

static struct {
	struct cache *cache;
	uint64_t most_age_ms;
	struct flight *flights;
	unsigned flight_count, waiter_count;
	struct lookup_page *empty; /* by language and form */
} kept;

/* --- documents ------------------------------------------------------------------------------- */

static unsigned page_count(void)
{
	return page_language_count * PAGE_FORM_COUNT;
}

static void documents_free(struct cache_entry *e)
{
	struct documents *d = (struct documents *)(void *)e;

	for (unsigned i = 0; i < page_count(); i++)
		lookup_page_clear(&d->pages[i]);
	free(d->memory);
	free(d);
}

static void copy_text(char **room, struct slice *text)
{
	if (text->length == 0) {
		*text = (struct slice){ NULL, 0 };
		return;
	}
	memcpy(*room, text->data, text->length);
	text->data = *room;
	*room += text->length;
}

/* One reference. NULL: out of memory. */
static struct documents *documents_new(const struct lookup_documents *text, uint64_t born_ms,
				       size_t *ret_size)
{
	size_t frame = sizeof(struct documents) + page_count() * sizeof(struct lookup_page);
	struct documents *d = calloc(1, frame);
	size_t size = text->source.brand.length + text->source.product.length +
		      text->source.lot.length + text->hidden_names.length +
		      text->recall_reason.length + text->recall_since.length;
	char *room;

	if (d == NULL)
		return NULL;
	d->entry.free = documents_free;
	d->generation = state_generation();
	d->born_ms = born_ms;
	d->text = *text;
	d->memory = room = malloc(size + 1);
	if (room == NULL) {
		free(d);
		return NULL;
	}
	copy_text(&room, &d->text.source.brand);
	copy_text(&room, &d->text.source.product);
	copy_text(&room, &d->text.source.lot);
	copy_text(&room, &d->text.hidden_names);
	copy_text(&room, &d->text.recall_reason);
	copy_text(&room, &d->text.recall_since);
	*ret_size = frame + size;
	(void)cache_ref(&d->entry);
	return d;
}

struct lookup_page *documents_page(struct documents *d, unsigned language, enum page_form form)
{
	struct lookup_page *p = &d->pages[language * PAGE_FORM_COUNT + form];

	return lookup_page_make(p, &d->text.source, language, form, &d->entry) ? p : NULL;
}

struct lookup_page *documents_empty_page(unsigned language, enum page_form form)
{
	static const struct document_source nothing = { .hidden = 0 };
	struct lookup_page *p = &kept.empty[language * PAGE_FORM_COUNT + form];

	return lookup_page_make(p, &nothing, language, form, NULL) ? p : NULL;
}

/* The key in memory: the GTIN's eight bytes and the lot's handle. */
static struct slice memory_key(struct lot_name name, char room[8 + LOT_HANDLE_MAX])
{
	assert(name.handle.length <= LOT_HANDLE_MAX);
	memcpy(room, &name.gtin, 8);
	if (name.handle.length > 0)
		memcpy(room + 8, name.handle.data, name.handle.length);
	return (struct slice){ room, 8 + name.handle.length };
}

struct documents *documents_find(struct lot_name name, uint64_t epoch, bool any_age)
{
	char room[8 + LOT_HANDLE_MAX];
	struct documents *d;

	d = (struct documents *)(void *)cache_find(kept.cache, memory_key(name, room));
	if (d == NULL || d->generation != state_generation() || d->text.epoch < epoch ||
	    (!any_age && loop_now_ms() - d->born_ms >= kept.most_age_ms))
		return NULL;
	return d;
}

/* --- those who wait -------------------------------------------------------------------------- */

static void wait_link(struct flight *f, struct documents_wait *w)
{
	w->flight = f;
	w->next = NULL;
	w->previous = f->waiting_end;
	*f->waiting_end = w;
	f->waiting_end = &w->next;
	if (w->epoch > f->epoch)
		f->epoch = w->epoch;
	kept.waiter_count++;
}

void documents_forget(struct documents_wait *w)
{
	if (w->flight == NULL)
		return;
	*w->previous = w->next;
	if (w->next != NULL)
		w->next->previous = w->previous;
	else
		w->flight->waiting_end = w->previous;
	w->flight = NULL;
	kept.waiter_count--;
}

/* --- flights --------------------------------------------------------------------------------- */

static struct lot_name flight_name(const struct flight *f)
{
	return (struct lot_name){ f->gtin, { f->handle, f->handle_length } };
}

static struct flight *flight_find(struct lot_name name)
{
	for (struct flight *f = kept.flights; f != NULL; f = f->next)
		if (f->gtin == name.gtin && slice_equal(flight_name(f).handle, name.handle))
			return f;
	return NULL;
}

static void flight_link(struct flight *f)
{
	f->next = kept.flights;
	f->previous = &kept.flights;
	if (f->next != NULL)
		f->next->previous = &f->next;
	kept.flights = f;
	kept.flight_count++;
}

static void flight_unlink(struct flight *f)
{
	*f->previous = f->next;
	if (f->next != NULL)
		f->next->previous = f->previous;
	kept.flight_count--;
}

/*
 * Ends it. Who has seen a newer epoch than was loaded loads again: the answer may have been on its
 * way when that epoch began.
 */
static void flight_land(struct flight *f, struct documents *d)
{
	struct documents_wait *w;

	flight_unlink(f); /* a callback that loads starts another */
	while ((w = f->waiting) != NULL) {
		documents_forget(w);
		if (d == NULL || w->epoch <= d->text.epoch)
			w->done(w->arg, d);
		else if (++w->tries >= TRIES_MOST || !documents_load(flight_name(f), w->epoch, w))
			w->done(w->arg, NULL);
	}
	free(f);
}

static struct documents *flight_keep(struct flight *f, const struct lookup_documents *text)
{
	char room[8 + LOT_HANDLE_MAX];
	size_t size;
	struct documents *d = documents_new(text, f->asked_ms, &size);

	if (d != NULL)
		(void)cache_add(kept.cache, &d->entry, memory_key(flight_name(f), room), size);
	return d;
}

static void flight_deliver(struct flight *f, const struct lookup_documents *text)
{
	struct documents *d = flight_keep(f, text);

	flight_land(f, d);
	if (d != NULL)
		cache_unref(&d->entry);
}

/* The braces keep all keys of a GTIN on one node of a Redis cluster. */
static struct slice redis_key(const struct flight *f, char room[CACHE_KEY_MOST])
{
	int length =
	    snprintf(room, CACHE_KEY_MOST, "sy:{%014llu}:%s:lot:%.*s", (unsigned long long)f->gtin,
		     state_instance(), (int)f->handle_length, f->handle);

	return (struct slice){ room, (size_t)length };
}

static void flight_write_redis(const struct flight *f, const struct lookup_documents *text)
{
	char room[CACHE_KEY_MOST];
	struct slice key = redis_key(f, room);
	struct buf value;

	if (lookup_redis() == NULL || !redis_is_up(lookup_redis()) || state_instance()[0] == '\0')
		return;
	buf_init(&value, DOCUMENTS_MOST);
	if (sealed_write(&value, state_cache_secret(), key, text))
		redis_set(lookup_redis(), key, buf_slice(&value),
			  (unsigned)(kept.most_age_ms / 1000));
	buf_release(&value);
}

static void flight_got_rows(void *arg, enum db_result result, const PGresult *rows)
{
	struct flight *f = arg;
	struct lookup_documents text;

	if (result != DB_OK || !lookup_documents_read(rows, &text)) {
		metric_add(METRIC_DOCUMENTS_FAILED, 1);
		flight_land(f, NULL);
		return;
	}
	metric_add(METRIC_DOCUMENTS_FROM_DATABASE, 1);
	flight_write_redis(f, &text);
	flight_deliver(f, &text);
}

static void flight_ask_db(struct flight *f)
{
	struct db_parameters p = { .count = 0 };

	db_add_i64(&p, (int64_t)f->gtin);
	db_add_text(&p, flight_name(f).handle);
	f->query.done = flight_got_rows;
	f->query.arg = f;
	f->asked_ms = loop_now_ms();
	db_send(lookup_db(), &sql_lookup_documents, &p, &f->query);
}

static void flight_got_value(void *arg, enum redis_result result, struct slice value)
{
	struct flight *f = arg;
	char room[CACHE_KEY_MOST];
	struct lookup_documents text;

	if (result == REDIS_FOUND &&
	    sealed_open(value, state_cache_secret(), redis_key(f, room), &text) &&
	    text.epoch >= f->epoch) {
		metric_add(METRIC_DOCUMENTS_FROM_REDIS, 1);
		flight_deliver(f, &text);
	} else {
		flight_ask_db(f);
	}
}

static void flight_start(struct flight *f)
{
	char room[CACHE_KEY_MOST];

	f->asked_ms = loop_now_ms();
	if (lookup_redis() == NULL || !redis_is_up(lookup_redis()) || state_instance()[0] == '\0') {
		flight_ask_db(f);
		return;
	}
	f->read.done = flight_got_value;
	f->read.arg = f;
	redis_get(lookup_redis(), redis_key(f, room), &f->read);
}

static struct flight *flight_new(struct lot_name name)
{
	struct flight *f = NULL;

	if (kept.flight_count < FLIGHTS_MOST)
		f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->gtin = name.gtin;
	f->handle_length = name.handle.length;
	if (name.handle.length > 0)
		memcpy(f->handle, name.handle.data, name.handle.length);
	f->waiting_end = &f->waiting;
	flight_link(f);
	return f;
}

bool documents_load(struct lot_name name, uint64_t epoch, struct documents_wait *w)
{
	struct flight *f = flight_find(name);
	bool is_new = f == NULL;

	assert(w->flight == NULL && name.handle.length <= LOT_HANDLE_MAX);
	if (kept.waiter_count >= WAITERS_MOST || (is_new && (f = flight_new(name)) == NULL))
		return false;
	w->epoch = epoch;
	wait_link(f, w);
	if (is_new)
		flight_start(f);
	return true;
}

/* --- starting and stopping ------------------------------------------------------------------- */

bool documents_start(size_t bytes, unsigned seconds)
{
	struct siphash_key key;

	if (RAND_bytes((unsigned char *)&key, sizeof(key)) != 1)
		return false;
	kept.cache = cache_new(bytes, &key);
	kept.empty = calloc(page_count(), sizeof(struct lookup_page));
	kept.most_age_ms = (uint64_t)seconds * 1000;
	return kept.cache != NULL && kept.empty != NULL;
}

void documents_stop(void)
{
	for (unsigned i = 0; kept.empty != NULL && i < page_count(); i++)
		lookup_page_clear(&kept.empty[i]);
	free(kept.empty);
	while (kept.flights != NULL) {
		struct flight *f = kept.flights;

		while (f->waiting != NULL)
			documents_forget(f->waiting);
		redis_forget(&f->read);
		db_forget(&f->query);
		flight_unlink(f);
		free(f);
	}
	cache_free(kept.cache);
	memset(&kept, 0, sizeof(kept));
}
