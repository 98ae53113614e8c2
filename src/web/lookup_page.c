/* Makes and keeps the parts of an answer that the items of a lot share. */
#include "web/lookup_page.h"

#include <openssl/evp.h>

static bool digest_segments(struct lookup_page *p)
{
	EVP_MD_CTX *sum = EVP_MD_CTX_new();
	unsigned count = page_shared_slots(p->shared);
	bool good = sum != NULL && EVP_DigestInit_ex(sum, EVP_sha256(), NULL) == 1;

	for (unsigned i = 0; good && i <= count; i++) {
		struct slice segment = page_shared_segment(p->shared, i);

		good = EVP_DigestUpdate(sum, &segment.length, sizeof(segment.length)) == 1 &&
		       EVP_DigestUpdate(sum, segment.data, segment.length) == 1;
	}
	good = good && EVP_DigestFinal_ex(sum, p->digest, NULL) == 1;
	EVP_MD_CTX_free(sum);
	return good;
}

bool lookup_page_make(struct lookup_page *p, const struct document_source *source,
		      unsigned language, enum page_form form, struct cache_entry *owner)
{
	size_t size = 0;

	if (p->shared != NULL)
		return true;
	p->owner = owner;
	p->shared = page_shared_new(source, language, form, &size);
	if (p->shared == NULL)
		return false;
	if (!digest_segments(p)) {
		lookup_page_clear(p);
		return false;
	}
	if (owner != NULL)
		cache_grow(owner, size);
	return true;
}

void lookup_page_clear(struct lookup_page *p)
{
	page_shared_free(p->shared);
	for (unsigned c = 0; c < PACKED_CODING_COUNT; c++)
		for (unsigned i = 0; i < PAGE_PACKED_MOST; i++)
			packed_free(p->packed[c][i]);
	*p = (struct lookup_page){ .shared = NULL };
}

/* In place of the oldest; those that come and go are of nearly the same size. */
static const struct packed *pack(struct lookup_page *p, enum packed_coding coding,
				 const size_t *rooms)
{
	struct packed **at = &p->packed[coding][p->next[coding] % PAGE_PACKED_MOST], *made;
	struct slice segments[PAGE_SLOTS_MAX + 1];
	unsigned count = page_shared_slots(p->shared);
	size_t size = 0;

	for (unsigned i = 0; i <= count; i++)
		segments[i] = page_shared_segment(p->shared, i);
	made = packed_new(coding, segments, rooms, count, &size);
	if (made == NULL)
		return NULL;
	if (*at == NULL && p->owner != NULL)
		cache_grow(p->owner, size);
	packed_free(*at);
	*at = made;
	p->next[coding]++;
	return made;
}

const struct packed *lookup_page_packed(struct lookup_page *p, enum packed_coding coding,
					const struct slice *slots)
{
	size_t rooms[PAGE_SLOTS_MAX];

	for (unsigned i = 0; i < page_shared_slots(p->shared); i++)
		rooms[i] = packed_room(coding, slots[i].length);
	for (unsigned i = 0; i < PAGE_PACKED_MOST; i++) {
		const struct packed *known = p->packed[coding][i];

		if (known != NULL && packed_has_rooms(known, rooms))
			return known;
	}
	return pack(p, coding, rooms);
}
