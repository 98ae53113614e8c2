/* Reads the few headers that tell who asks, and hashes. */
#include "web/visitor.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "web/http_head.h"
#include "web/robots.h"

enum {
	MEMO = 4096, /* User-Agents whose kind is remembered; a power of two */
	KEYS = 4,
};

struct day_key {
	_Atomic int64_t day; /* written last */
	struct siphash_key key;
};

static struct robots *robots;
static struct siphash_key own_key; /* the same in all workers of this node */
/* Memory they share: all have a key from the same moment on, and one that is replaced has it at
 * once. */
static struct day_key *keys;
static uint64_t memo[MEMO]; /* hash of a User-Agent; the last bit: it is a robot's */

/* --- keys --- */

static struct day_key *key_of(int64_t day)
{
	return &keys[(uint64_t)day % KEYS];
}

bool visitor_key_known(int64_t day)
{
	return day != 0 && atomic_load_explicit(&key_of(day)->day, memory_order_acquire) == day;
}

void visitor_key_learn(int64_t day, const struct siphash_key *key)
{
	struct day_key *k = key_of(day);

	if (visitor_key_known(day))
		return;
	k->key = *key;
	atomic_store_explicit(&k->day, day, memory_order_release);
}

static const struct siphash_key *key_for(int64_t today)
{
	return visitor_key_known(today) ? &key_of(today)->key : &own_key;
}

/* --- headers --- */

struct hints {
	struct slice user_agent;
	bool ahead_of_time;
	bool no_page; /* a picture, a frame, a script's question (Fetch Metadata: Sec-Fetch-Dest) */
};

static bool begins(struct slice value, struct slice word)
{
	if (value.length > word.length)
		value.length = word.length;
	return slice_equal_nocase(value, word);
}

/* "prefetch", "prefetch;prerender", "preview" (Safari's top sites). */
static bool says_ahead(struct slice value)
{
	return begins(value, S("prefetch")) || begins(value, S("prerender")) ||
	       begins(value, S("preview"));
}

/* In one walk: most fields are told apart by the length of their name. */
static struct hints read_hints(const struct http_head *head)
{
	struct hints h = { .user_agent = { "", 0 } };

	for (unsigned i = 0; head != NULL && i < head->field_count; i++) {
		const struct http_field f = http_head_at(head, i);

		switch (f.name.length) {
		case sizeof("user-agent") - 1:
			if (slice_equal_nocase(f.name, S("user-agent")) && h.user_agent.length == 0)
				h.user_agent = f.value;
			break;
		case sizeof("sec-fetch-dest") - 1:
			if (slice_equal_nocase(f.name, S("sec-fetch-dest")))
				h.no_page = !slice_equal(f.value, S("document"));
			break;
		case sizeof("sec-purpose") - 1:
		case sizeof("x-purpose") - 1:
		case sizeof("purpose") - 1:
		case sizeof("x-moz") - 1:
			if (slice_equal_nocase(f.name, S("sec-purpose")) ||
			    slice_equal_nocase(f.name, S("x-purpose")) ||
			    slice_equal_nocase(f.name, S("purpose")) ||
			    slice_equal_nocase(f.name, S("x-moz")))
				h.ahead_of_time |= says_ahead(f.value);
			break;
		default:
			break;
		}
	}
	return h;
}

/* --- who --- */

static bool is_robot(struct slice user_agent, uint64_t hash)
{
	uint64_t *known = &memo[hash / 2 % MEMO];

	if ((*known ^ hash) >> 1 != 0)
		*known = (hash & ~UINT64_C(1)) | robots_match(robots, user_agent);
	return *known & 1;
}

struct visitor visitor_of(const struct request *r, int64_t today)
{
	const struct siphash_key *key = key_for(today);
	struct slice from = client_address_household(&r->client);
	struct hints h;
	uint64_t words[2] = { 0, 0 };

	if (r->method != METHOD_GET)
		return (struct visitor){ .kind = VISITOR_NOT_HERE };
	h = read_hints(r->head);
	if (h.ahead_of_time || h.no_page)
		return (struct visitor){ .kind = VISITOR_NOT_HERE };
	words[0] = siphash(key, h.user_agent);
	memcpy(&words[1], from.data, from.length);
	return (struct visitor){
		.kind = is_robot(h.user_agent, words[0]) ? VISITOR_ROBOT : VISITOR_PERSON,
		.hash = siphash(key, (struct slice){ (const char *)words, sizeof(words) }),
	};
}

bool visitor_mark(const struct request *r, struct slice secret, int64_t now,
		  const char said[VISITOR_SAID_SIZE], unsigned char ret_mark[VISITOR_MARK_SIZE])
{
	enum { SECONDS_AN_HOUR = 3600, HOURS_A_DAY = 24 };
	struct slice from = client_address_household(&r->client);
	struct {
		struct siphash_key key;
		int64_t hour;
		uint64_t family, from; /* IPv4 and IPv6 have households of different lengths */
		char said[VISITOR_SAID_SIZE];
	} words = { .hour = now / SECONDS_AN_HOUR, .family = from.length };
	unsigned char whole[EVP_MAX_MD_SIZE];

	words.key = *key_for(words.hour / HOURS_A_DAY);
	memcpy(&words.from, from.data, from.length);
	memcpy(words.said, said, sizeof(words.said));
	if (HMAC(EVP_sha256(), secret.data, (int)secret.length, (const unsigned char *)&words,
		 sizeof(words), whole, NULL) == NULL)
		return false;
	memcpy(ret_mark, whole, VISITOR_MARK_SIZE);
	return true;
}

/* --- the module's part --- */

bool visitor_prepare(const struct settings *s, char *why, size_t why_size)
{
	char reason[600] = "out of memory";

	if (s->robots_file[0] == '\0')
		robots = robots_standard();
	else
		robots = robots_load(s->robots_file, reason, sizeof(reason));
	if (robots == NULL) {
		(void)snprintf(why, why_size, "robots_file: %s", reason);
		return false;
	}
	keys = mmap(NULL, KEYS * sizeof(*keys), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
	if (keys == MAP_FAILED) {
		(void)snprintf(why, why_size, "memory for visitors: %s", strerror(errno));
		keys = NULL;
	} else if (RAND_bytes((unsigned char *)&own_key, sizeof(own_key)) != 1)
		(void)snprintf(why, why_size, "no random bytes");
	else
		return true;
	return false;
}

void visitor_forget(void)
{
	robots_free(robots);
	robots = NULL;
	if (keys != NULL)
		(void)munmap(keys, KEYS * sizeof(*keys));
	keys = NULL;
	OPENSSL_cleanse(&own_key, sizeof(own_key));
}
