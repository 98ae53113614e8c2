/* Keeps answers, or what they are written from, and judges whether they still count. */
#include "web/lookup_answer.h"

#include <openssl/rand.h>

#include "base/slab.h"
#include "web/loop.h"
#include "web/pin.h"
#include "web/state.h"

static struct cache *cache;
static struct slab slab; /* of those without a reason, which are nearly all */
static uint64_t most_age_ms;

static struct kept_answer *kept_new(size_t reason)
{
	return reason > 0 ? calloc(1, sizeof(struct kept_answer) + reason) : slab_get(&slab);
}

static void kept_free(struct cache_entry *e)
{
	struct kept_answer *k = (struct kept_answer *)(void *)e;

	blob_unref(k->blob);
	if (k->facts.reason.length > 0)
		free(k);
	else
		slab_put(&slab, k);
}

/* A path too long for a key gives an empty one, which is never kept. */
static struct slice key_of(const struct answer_name *name, char room[CACHE_KEY_MOST])
{
	enum { CHOSEN = 3 }; /* bytes for what was negotiated */

	if (name->path.length + CHOSEN > CACHE_KEY_MOST)
		return (struct slice){ NULL, 0 };
	room[0] = (char)('0' + name->form);
	room[1] = (char)('0' + name->language);
	room[2] = (char)('0' + name->coding);
	memcpy(room + CHOSEN, name->path.data, name->path.length);
	return (struct slice){ room, name->path.length + CHOSEN };
}

/* The same for whatever was negotiated: a path that nobody asked for is missed everywhere at once.
 */
static uint64_t hash_of(const struct answer_name *name)
{
	return cache_hash(cache, name->path);
}

static struct kept_answer *find(const struct answer_name *name, uint64_t hash)
{
	char room[CACHE_KEY_MOST];
	struct slice key = key_of(name, room);
	const struct lookup_gtin *gtin;
	struct kept_answer *k;

	if (key.length == 0)
		return NULL;
	k = (struct kept_answer *)(void *)cache_find_hashed(cache, key, hash);
	if (k == NULL)
		return NULL;
	gtin = state_gtin(k->facts.gtin);
	if (k->generation == state_generation() && gtin != NULL && k->epoch >= gtin->epoch)
		return k;
	cache_remove(&k->entry);
	return NULL;
}

struct kept_answer *answers_find(const struct answer_name *name)
{
	return find(name, hash_of(name));
}

static struct kept_answer *find_other_coding(struct answer_name name, uint64_t hash)
{
	struct kept_answer *k = NULL;

	for (unsigned coding = 0; k == NULL && coding <= PACKED_NOT; coding++) {
		name.coding = (enum packed_coding)coding;
		k = find(&name, hash);
	}
	return k;
}

struct kept_answer *answers_find_other(const struct answer_name *name, bool any)
{
	struct answer_name other = *name;
	uint64_t hash = hash_of(name);
	struct kept_answer *k = find_other_coding(other, hash);

	for (unsigned form = 0; any && k == NULL && form < PAGE_FORM_COUNT; form++)
		for (unsigned l = 0; k == NULL && l < page_language_count; l++) {
			other.form = (enum page_form)form;
			other.language = l;
			k = find_other_coding(other, hash);
		}
	return k;
}

bool answer_is_good(const struct kept_answer *k, int64_t now)
{
	uint64_t most_ms = k->facts.pin_digits > 0 ? PIN_KEPT_MS : most_age_ms;

	return best_is_over(k->date.best_until, now) == k->date.is_over &&
	       loop_now_ms() - k->born_ms < most_ms;
}

void answers_keep(const struct answer_name *name, struct blob *blob, const char *tag,
		  uint64_t epoch, uint64_t born_ms, struct answer_date date,
		  const struct item_facts *facts)
{
	char room[CACHE_KEY_MOST];
	struct slice key = key_of(name, room);
	struct kept_answer *k = NULL;

	if (key.length > 0)
		k = kept_new(facts->reason.length);
	if (k == NULL)
		return;
	k->entry.free = kept_free;
	if (blob != NULL) {
		k->blob = blob_ref(blob);
		memcpy(k->tag, tag, sizeof(k->tag));
	}
	k->language = name->language;
	k->generation = state_generation();
	k->epoch = epoch;
	k->born_ms = born_ms;
	k->written_ms = loop_now_ms();
	k->date = date;
	k->facts = *facts;
	if (facts->reason.length > 0)
		memcpy(k->reason, facts->reason.data, facts->reason.length);
	k->facts.reason.data = k->reason;
	(void)cache_ref(&k->entry);
	(void)cache_add_hashed(cache, &k->entry, key, hash_of(name),
			       sizeof(*k) + facts->reason.length +
				   (blob == NULL ? 0 : blob_size(blob)));
	cache_unref(&k->entry);
}

bool answers_start(size_t bytes, unsigned seconds)
{
	struct siphash_key key;

	if (RAND_bytes((unsigned char *)&key, sizeof(key)) != 1)
		return false;
	most_age_ms = (uint64_t)seconds * 1000;
	slab_init(&slab, sizeof(struct kept_answer));
	cache = cache_new(bytes, &key);
	return cache != NULL;
}

void answers_stop(void)
{
	cache_free(cache);
	cache = NULL;
	slab_release(&slab);
}
