/* Counts visits and seals the log of changes second by second, whatever happens to the database
 * meanwhile. */
#include "job/visit_counter.h"

#include <sys/prctl.h>

#include "job/audit_sealer.h"
#include "job/job_log.h"
#include "job/patience.h"

enum {
	LOOK_MS = 1000,
	/*
	 * Looks in one transaction, and a row of the inbox more. They are sorted, so that the more
	 * there are, the more of them find the page of an index that the one before was put into.
	 */
	PIECE = 20000,
	REST = 4,	   /* times as long as it worked */
	CLEAN_MS = 600000, /* tomorrow's key is there long before tomorrow */
	/*
	 * A worker counts a visitor again when its own clock says so; that the row's time is a
	 * little less apart must not undo it.
	 */
	TOLERANCE_S = 10,
};

struct counter {
	const struct worker_options *options;
	struct db db;
	uint64_t clean_ms, retry_ms;
	bool was_told_down;
};

static bool clean(struct counter *c)
{
	int64_t gone;

	if (!visits_make_keys(&c->db) || !visits_forget(&c->db, &c->options->terms, &gone))
		return false;
	if (gone > 0)
		job_log("info", "visits: %lld rows removed, their time was over", (long long)gone);
	c->clean_ms = patience_now_ms() + CLEAN_MS;
	return true;
}

/* What changed is sealed all the same. */
static void rest(struct counter *c, uint64_t ms)
{
	uint64_t now = patience_now_ms(), until = now + ms;

	for (; now < until && !patience_stop_wanted(); now = patience_now_ms()) {
		patience_wait(-1, until - now < LOOK_MS ? until - now : LOOK_MS);
		audit_sealer_turn(&c->db);
	}
}

/* A long queue takes a fifth of the time, the rest is the database's for those who wait. */
static bool count(struct counter *c, int64_t *ret_taken)
{
	uint64_t apart = c->options->visit_minutes * 60 - TOLERANCE_S;
	uint64_t begin = patience_now_ms();

	if (!visits_roll_up(&c->db, PIECE, apart, ret_taken))
		return false;
	if (*ret_taken >= PIECE)
		rest(c, REST * (patience_now_ms() - begin));
	return true;
}

/* True: it shall end. False: the database is away. */
static bool serve(struct counter *c)
{
	while (!patience_stop_wanted()) {
		int64_t taken;

		audit_sealer_turn(&c->db);
		if ((patience_now_ms() >= c->clean_ms && !clean(c)) || !count(c, &taken))
			return false;
		if (c->was_told_down)
			job_log("info", "visits: the database is back");
		c->was_told_down = false;
		c->retry_ms = 0;
		if (c->options->once && taken < PIECE)
			return true;
		if (taken < PIECE)
			patience_wait(-1, LOOK_MS);
	}
	return true;
}

enum worker_result visit_counter_run(const struct worker_options *options)
{
	struct counter c = { .options = options };
	enum worker_result result = WORKER_STOPPED;

	patience_prepare();
	(void)prctl(PR_SET_NAME, "suyuan visits");
	while (!patience_stop_wanted()) {
		if (db_open(&c.db, options->url, "suyuan visits") && serve(&c))
			break;
		if (!c.was_told_down)
			job_log("warning", "visits: the database is away: %s", c.db.error.text);
		c.was_told_down = true;
		db_close(&c.db);
		if (options->once) {
			result = WORKER_NO_DATABASE;
			break;
		}
		patience_before_retry(&c.retry_ms);
	}
	db_close(&c.db);
	return result;
}
