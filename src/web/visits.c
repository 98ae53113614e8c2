/* Decides what is a visit, and brings it into memory and queue. */
#include "web/visits.h"

#include <endian.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <time.h>

#include "model/day.h"
#include "store/sql.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/module.h"
#include "web/state.h"
#include "web/visit_queue.h"
#include "web/worker_log.h"

enum {
	SECONDS_A_DAY = 86400,
	KEY_POLL_MS = 60000,
	KEY_POLL_SOON_MS = 2000, /* while the one of today is missing */
	KEY_SIZE = 16,
	IN_FLIGHT = 4,
	/* Rows whose answer is late are sent again, which a slow database can do without. */
	DEADLINE_MS = 10000,
};

static const struct sql_query *const queries[] = { &sql_visit_add, &sql_visitor_keys };

static struct visit_memory *memory;
static struct siphash_key item_key; /* of this node */
static struct db *db;
static struct db_query key_query;
static struct timer key_timer;
static bool away; /* and the log knows it */

static int64_t today(void)
{
	return (int64_t)(time(NULL) / SECONDS_A_DAY);
}

/* --- counting --- */

static uint64_t item_of(const struct item_facts *facts)
{
	char text[8 + sizeof(facts->serial)];
	size_t length = strlen(facts->serial);

	memcpy(text, &facts->gtin, 8);
	memcpy(text + 8, facts->serial, length);
	return siphash(&item_key, (struct slice){ text, 8 + length });
}

static void enqueue(const struct request *r, const struct item_facts *facts, enum visit_kind kind,
		    uint64_t visitor)
{
	struct visit_row row = {
		.gtin = facts->gtin, .at_ms = loop_now_ms(), .times = 1, .kind = (uint8_t)kind
	};

	country_of(&r->client, row.country);
	memcpy(row.lot_handle, facts->lot_handle, sizeof(row.lot_handle));
	if (kind == VISIT_PERSON) {
		memcpy(row.serial, facts->serial, sizeof(row.serial));
		row.visitor = visitor;
	}
	visit_queue_add(&row);
	metric_add(kind == VISIT_PERSON	 ? METRIC_VISITS
		   : kind == VISIT_ROBOT ? METRIC_VISITS_ROBOTS
					 : METRIC_VISITS_TRIED,
		   1);
}

/* Whether somebody, or something, looks who did not just now. */
static bool meet(struct visitor *v, const struct request *r, enum page_form form, uint64_t item)
{
	if (v->kind == VISITOR_UNKNOWN)
		*v = form == PAGE_HTML ? visitor_of(r, today())
				       : (struct visitor){ .kind = VISITOR_NOT_HERE };
	return v->kind != VISITOR_NOT_HERE &&
	       visit_memory_meet(memory, item, v->hash, loop_now_ms() / 1000);
}

struct visit_count visits_note(struct visitor *v, const struct request *r, enum page_form form,
			       const struct item_facts *facts)
{
	uint64_t item = item_of(facts);
	struct visit_count stored = { facts->visits, facts->first_day };
	bool is_new = meet(v, r, form, item);

	if (is_new)
		enqueue(r, facts, v->kind == VISITOR_ROBOT ? VISIT_ROBOT : VISIT_PERSON, v->hash);
	return visit_memory_count(memory, item, stored, is_new && v->kind == VISITOR_PERSON,
				  (uint32_t)today(), loop_now_ms() / 1000);
}

void visits_note_try(struct visitor *v, const struct request *r, enum page_form form,
		     enum verdict verdict, const struct item_facts *facts)
{
	if (state_gtin(facts->gtin) == NULL || !meet(v, r, form, item_of(facts)))
		return;
	enqueue(r, facts,
		v->kind == VISITOR_ROBOT      ? VISIT_ROBOT
		: verdict == VERDICT_MISTYPED ? VISIT_MISTYPED
					      : VISIT_NEVER_ISSUED,
		0);
}

void visits_show(struct visit_count count, struct item_facts *facts)
{
	facts->visits = count.visits;
	if (count.first_day == facts->first_day)
		return;
	facts->first_day = count.first_day;
	day_format(count.first_day, facts->first_seen);
}

/* --- the key of the day --- */

static void poll_keys(void *arg)
{
	struct db_parameters none = { .count = 0 };

	(void)arg;
	timer_stop(&key_timer);
	db_forget(&key_query);
	db_send(db, &sql_visitor_keys, &none, &key_query);
}

static void on_keys(void *arg, enum db_result result, const PGresult *rows)
{
	(void)arg;
	for (int i = 0; result == DB_OK && i < PQntuples(rows); i++) {
		struct slice bytes = db_text_in(rows, i, 1);
		struct siphash_key key;

		if (bytes.length != KEY_SIZE)
			continue;
		memcpy(&key.k0, bytes.data, 8);
		memcpy(&key.k1, bytes.data + 8, 8);
		key = (struct siphash_key){ le64toh(key.k0), le64toh(key.k1) };
		visitor_key_learn(db_i64_in(rows, i, 0), &key);
		OPENSSL_cleanse(&key, sizeof(key));
	}
	timer_start(&key_timer, visitor_key_known(today()) ? KEY_POLL_MS : KEY_POLL_SOON_MS,
		    poll_keys, NULL);
}

/* --- the module --- */

static void on_up(void *arg)
{
	(void)arg;
	if (away)
		worker_log("info", "visits: the database is back");
	away = false;
	poll_keys(NULL);
}

static void on_down(void *arg, const char *why)
{
	(void)arg;
	if (!away)
		worker_log("warning", "visits: the database is not reachable: %s", why);
	away = true;
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	char reason[600];

	if (s->country_file[0] != '\0' && !country_open(s->country_file, reason, sizeof(reason))) {
		(void)snprintf(why, why_size, "country_file: %s", reason);
		return false;
	}
	if (!visitor_prepare(s, why, why_size))
		return false;
	memory = visit_memory_new((unsigned)s->visit_minutes * 60);
	if (memory == NULL || !visit_queue_new()) {
		(void)snprintf(why, why_size, "memory for visits: %s", strerror(errno));
		return false;
	}
	if (RAND_bytes((unsigned char *)&item_key, sizeof(item_key)) == 1)
		return true;
	(void)snprintf(why, why_size, "no random bytes");
	return false;
}

static void start(const struct settings *s)
{
	const struct db_options options = {
		.connection = s->public_database_url,
		.queries = queries,
		.query_count = COUNT_OF(queries),
		.deadline_ms = DEADLINE_MS,
		.apart = true, /* a row that is refused must not take others with it */
		.most_in_flight = IN_FLIGHT,
		.on_up = on_up,
		.on_down = on_down,
	};

	key_query.done = on_keys;
	db = db_new(&options);
	if (db == NULL)
		worker_fatal("out of memory");
	visit_queue_start(db, app_worker_id());
}

static void stop(void)
{
	visit_queue_stop();
	timer_stop(&key_timer);
	db_forget(&key_query);
	db_free(db);
	db = NULL;
	visitor_forget();
	country_close();
	visit_memory_free(memory);
	memory = NULL;
	visit_queue_free();
}

const struct module module_visits = {
	.name = "visits",
	.programs = PROGRAM_LOOKUP,
	.prepare = prepare,
	.start = start,
	.is_done = visit_queue_finish,
	.stop = stop,
};
