/* Feeds the worker's memory: the load in pieces, then changes by NOTIFY and by polling. */
#include "web/state.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "store/master_key.h"
#include "store/sql.h"
#include "web/db.h"
#include "web/gtin_table.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/module.h"
#include "web/worker_log.h"

enum {
	FRESH_MS = 1000,
	PIECE_ROWS = 2000, /* of the first load: about a millisecond of work */
	LOAD_AGAIN_MS = 500,
	SECRET_SIZE = 32,
};

/* LISTEN is no statement that PREPARE takes in SQL, so it is not among the files. */
static const struct sql_query listen = { .name = "lookup_listen",
					 .text = "LISTEN suyuan_change",
					 .users = SQL_LOOKUP };
static const struct sql_query *const queries[] = { &listen, &sql_lookup_start, &sql_lookup_gtins,
						   &sql_lookup_changes, &sql_lookup_keys };

static struct {
	struct gtin_table gtins;
	struct keyring keys;
	bool unopened[SERIAL_KEY_IDS]; /* a key there is, that the master key does not open */
	struct master_key master;
	bool has_master;
	unsigned char secret[SECRET_SIZE], mark_secret[SECRET_SIZE];
	char instance[33];
	uint64_t generation;

	struct db *db;
	unsigned poll_ms;
	struct db_query listening, load, changes, new_keys;
	struct timer poll_timer, load_timer, take_timer;
	PGresult
	    *changed; /* rows of the last poll that are still to be taken, from `changed_at` on */
	int changed_at;
	uint64_t watermark; /* every row of a transaction below it has been seen */
	uint64_t keys_from; /* the same for keys, of a poll whose changes came before these keys */
	uint64_t loaded_to; /* GTIN, while loading */
	bool loading, complete;
	bool has_keys;		     /* all those below the watermark */
	bool went_back;		     /* a row of the load has lower numbers than we hold */
	bool away;		     /* and the log knows it */
	bool polling, again;	     /* a NOTIFY came while a poll was under way */
	uint64_t asked_ms, right_ms; /* when the poll was sent; the last one that was answered */
} state;

/* --- what others ask ------------------------------------------------------------------------ */

bool state_is_fresh(void)
{
	return state.has_master && state.complete && !state.loading && state_age_ms() < FRESH_MS;
}

bool state_was_complete(void)
{
	return state.complete;
}

uint64_t state_age_ms(void)
{
	return loop_now_ms() - state.right_ms;
}

const struct lookup_gtin *state_gtin(uint64_t gtin)
{
	return gtin_table_find(&state.gtins, gtin);
}

struct serial_key *state_key(unsigned id)
{
	return keyring_find(&state.keys, id);
}

struct keyring *state_keys(void)
{
	return &state.keys;
}

bool state_lacks_key(unsigned id)
{
	return state_is_fresh() && state_key(id) == NULL && !state.unopened[id];
}

const char *state_instance(void)
{
	return state.instance;
}

uint64_t state_generation(void)
{
	return state.generation;
}

struct slice state_cache_secret(void)
{
	return (struct slice){ (const char *)state.secret, sizeof(state.secret) };
}

struct slice state_mark_secret(void)
{
	return (struct slice){ (const char *)state.mark_secret, sizeof(state.mark_secret) };
}

/* A memory that cannot grow must not go on as if it were complete. */
static enum gtin_table_result put(const struct lookup_gtin *row)
{
	enum gtin_table_result result = gtin_table_put(&state.gtins, row);

	if (result == GTIN_TABLE_OUT_OF_MEMORY) {
		state.loading = true;
		worker_log("error", "no memory for the list of GTINs");
	}
	return result;
}

void state_learn(const struct lookup_gtin *seen)
{
	(void)put(seen);
}

/* --- changes -------------------------------------------------------------------------------- */

static void poll_start(void *arg);

static void poll_later(void)
{
	timer_start(&state.poll_timer, state.again ? 0 : state.poll_ms, poll_start, NULL);
	state.again = false;
}

static void take_keys(const PGresult *rows)
{
	struct lookup_key key;
	enum keyring_result result;

	for (int i = 0; i < PQntuples(rows); i++) {
		lookup_key_read(rows, i, &key);
		if (key.id >= SERIAL_KEY_IDS || state.unopened[key.id])
			continue;
		result = keyring_add(&state.keys, key.id, key.wrapped, &state.master);
		state.unopened[key.id] = result != KEYRING_OK && result != KEYRING_TAKEN;
		if (state.unopened[key.id])
			worker_log("error", "serial key %u: %s", key.id, keyring_reason(result));
	}
}

static void on_keys(void *arg, enum db_result result, const PGresult *rows)
{
	(void)arg;
	state.has_keys = result == DB_OK;
	if (!state.has_keys)
		return;
	take_keys(rows);
	/* Not the one to come: a key may be made between the keys' snapshot and the changes'. */
	state.keys_from = state.watermark;
}

static void drop_changes(void)
{
	timer_stop(&state.take_timer);
	PQclear(state.changed);
	state.changed = NULL;
}

/* A brand with very many GTINs may change all of them at once: a piece in each turn of the loop. */
static void take_changes(void *arg)
{
	struct lookup_gtin change;
	int count = PQntuples(state.changed), end = state.changed_at + PIECE_ROWS;

	(void)arg;
	for (; state.changed_at < count && state.changed_at < end; state.changed_at++)
		if (lookup_change_read(state.changed, state.changed_at, &change))
			(void)put(&change);
	if (state.changed_at < count) {
		timer_start(&state.take_timer, 0, take_changes, NULL);
		return;
	}
	state.watermark = lookup_change_watermark(state.changed);
	state.right_ms = state.asked_ms;
	state.complete = true;
	metric_set(METRIC_STATE_COMPLETE, 1);
	metric_set(METRIC_STATE_RIGHT_MS, state.right_ms);
	drop_changes();
	state.polling = false;
	poll_later();
}

static void on_changes(void *arg, enum db_result result, const PGresult *rows)
{
	(void)arg;
	if (result == DB_OK && state.has_keys) {
		state.changed = db_keep_rows(state.db, rows);
		state.changed_at = 0;
		take_changes(NULL);
		return;
	}
	state.polling = false;
	/* After a loss on_up() starts again. */
	if (db_is_up(state.db))
		poll_later();
}

static void poll_start(void *arg)
{
	struct db_parameters p = { .count = 0 }, keys = { .count = 0 };

	(void)arg;
	timer_stop(&state.poll_timer); /* a NOTIFY came first */
	/* Of the poll before one question may be answered and the other not. */
	db_forget(&state.new_keys);
	db_forget(&state.changes);
	db_add_i64(&p, (int64_t)state.watermark);
	db_add_i64(&keys, state.has_keys ? (int64_t)state.keys_from : 0);
	state.polling = true;
	state.asked_ms = loop_now_ms();
	/* Keys first: whoever sees a new count must be able to decode. */
	db_send(state.db, &sql_lookup_keys, &keys, &state.new_keys);
	db_send(state.db, &sql_lookup_changes, &p, &state.changes);
}

static void on_notify(void *arg, const char *channel)
{
	(void)arg;
	(void)channel;
	if (state.loading)
		return;
	if (state.polling)
		state.again = true;
	else
		poll_start(NULL);
}

/* --- the load ------------------------------------------------------------------------------- */

static void load_start(void *arg);

/* The connection may be well and the query not: a restored database, rights that are missing. */
static void load_failed(enum db_result result)
{
	if (result == DB_ERROR)
		worker_log("error", "the list of GTINs cannot be read: is the database migrated?");
	if (db_is_up(state.db))
		timer_start(&state.load_timer, LOAD_AGAIN_MS, load_start, NULL);
}

/* Another database, or the same at an earlier time: a restored copy, a failover that lost some. */
static void forget_all(void)
{
	gtin_table_release(&state.gtins);
	keyring_release(&state.keys);
	keyring_init(&state.keys);
	memset(state.unopened, 0, sizeof(state.unopened));
	state.complete = false;
	metric_set(METRIC_STATE_COMPLETE, 0);
	state.generation++;
}

static void on_piece(void *arg, enum db_result result, const PGresult *rows);

static void load_piece(void)
{
	struct db_parameters p = { .count = 0 };

	db_add_i64(&p, (int64_t)state.loaded_to);
	db_add_i64(&p, PIECE_ROWS);
	state.load.done = on_piece;
	db_send(state.db, &sql_lookup_gtins, &p, &state.load);
}

static void load_ended(void)
{
	if (state.went_back) {
		forget_all();
		load_start(NULL);
		return;
	}
	state.loading = false;
	poll_start(NULL);
}

static void on_piece(void *arg, enum db_result result, const PGresult *rows)
{
	struct lookup_gtin row;
	int count;

	(void)arg;
	if (result != DB_OK) {
		load_failed(result);
		return;
	}
	count = PQntuples(rows);
	for (int i = 0; i < count; i++) {
		lookup_gtin_read(rows, i, &row);
		state.went_back |= put(&row) == GTIN_TABLE_OLDER;
		state.loaded_to = row.gtin;
	}
	if (count == PIECE_ROWS)
		load_piece();
	else
		load_ended();
}

static void on_start(void *arg, enum db_result result, const PGresult *rows)
{
	char instance[33];

	(void)arg;
	if (result != DB_OK || !lookup_start_read(rows, instance, &state.watermark)) {
		load_failed(result == DB_OK ? DB_ERROR : result);
		return;
	}
	if (strcmp(instance, state.instance) != 0)
		forget_all();
	memcpy(state.instance, instance, sizeof(instance));
	load_piece();
}

static void load_start(void *arg)
{
	struct db_parameters none = { .count = 0 };

	(void)arg;
	state.loading = true;
	state.has_keys = false;
	state.went_back = false;
	state.again = false;
	state.loaded_to = 0;
	timer_stop(&state.poll_timer);
	db_forget(&state.load);
	state.load.done = on_start;
	db_send(state.db, &sql_lookup_start, &none, &state.load);
}

/* A replica cannot LISTEN: then the poll alone brings the changes. */
static void on_listening(void *arg, enum db_result result, const PGresult *rows)
{
	(void)arg;
	(void)rows;
	if (result == DB_ERROR)
		worker_log("warning", "LISTEN was refused; changes come by polling only");
}

static void on_up(void *arg)
{
	struct db_parameters none = { .count = 0 };

	(void)arg;
	worker_log("info", "database: connected for changes");
	state.away = false;
	db_send(state.db, &listen, &none, &state.listening);
	load_start(NULL);
}

static void on_down(void *arg, const char *why)
{
	(void)arg;
	timer_stop(&state.poll_timer);
	timer_stop(&state.load_timer);
	drop_changes();
	state.polling = false;
	if (!state.away)
		worker_log("warning", "database: no word of changes: %s", why);
	state.away = true;
}

/* --- the module ----------------------------------------------------------------------------- */

static bool derive(const char *purpose, unsigned char ret_secret[SECRET_SIZE])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t size = SECRET_SIZE;
	bool ok = context != NULL && EVP_PKEY_derive_init(context) > 0 &&
		  EVP_PKEY_CTX_set_hkdf_md(context, EVP_sha256()) > 0 &&
		  EVP_PKEY_CTX_set1_hkdf_key(context, state.master.bytes,
					     sizeof(state.master.bytes)) > 0 &&
		  EVP_PKEY_CTX_add1_hkdf_info(context, (const unsigned char *)purpose,
					      (int)strlen(purpose)) > 0 &&
		  EVP_PKEY_derive(context, ret_secret, &size) > 0;

	EVP_PKEY_CTX_free(context);
	return ok;
}

static bool prepare(const struct settings *s, char *why, size_t why_size)
{
	char reason[128];

	if (!db_connection_ok(s->public_database_url, reason, sizeof(reason))) {
		(void)snprintf(why, why_size, "public_database_url: %s", reason);
		return false;
	}
	/* Before `suyuan key init` there are no codes: the server may start, and denies nothing. */
	state.has_master = access(s->master_key_file, F_OK) == 0;
	if (state.has_master && !master_key_load(s->master_key_file, &state.master, why, why_size))
		return false;
	if (!derive("suyuan: documents in redis, 1", state.secret) ||
	    !derive("suyuan: marks of visitors, 1", state.mark_secret)) {
		(void)snprintf(why, why_size, "OpenSSL cannot derive a key");
		return false;
	}
	return true;
}

static void start(const struct settings *s)
{
	const struct db_options options = {
		.connection = s->public_database_url,
		.queries = queries,
		.query_count = COUNT_OF(queries),
		.deadline_ms = (unsigned)s->database_deadline_ms,
		.patient = true,
		.most_in_flight = 16,
		.on_up = on_up,
		.on_down = on_down,
		.on_notify = on_notify,
	};

	if (RAND_bytes((unsigned char *)&state.gtins.key, sizeof(state.gtins.key)) != 1)
		worker_fatal("no random bytes");
	if (!state.has_master)
		worker_log("error", "no master key: codes cannot be read (suyuan key init)");
	keyring_init(&state.keys);
	state.poll_ms = (unsigned)s->change_poll_ms;
	state.loading = true;
	state.listening.done = on_listening;
	state.changes.done = on_changes;
	state.new_keys.done = on_keys;
	state.db = db_new(&options);
	if (state.db == NULL)
		worker_fatal("out of memory");
}

static bool is_loaded(void)
{
	return !state.has_master || state_is_fresh();
}

static bool is_away(void)
{
	return state.away;
}

static void stop(void)
{
	db_free(state.db);
	timer_stop(&state.poll_timer);
	timer_stop(&state.load_timer);
	drop_changes();
	gtin_table_release(&state.gtins);
	keyring_release(&state.keys);
	master_key_release(&state.master);
	OPENSSL_cleanse(state.secret, sizeof(state.secret));
	OPENSSL_cleanse(state.mark_secret, sizeof(state.mark_secret));
	memset(&state, 0, sizeof(state));
}

const struct module module_state = {
	.name = "state",
	.programs = PROGRAM_LOOKUP,
	.prepare = prepare,
	.start = start,
	.is_loaded = is_loaded,
	.is_away = is_away,
	.stop = stop,
};
