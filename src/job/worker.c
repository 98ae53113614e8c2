/* One job after the other, whatever happens to the database meanwhile. */
#include "job/worker.h"

#include <limits.h>
#include <unistd.h>

#include "job/job_log.h"
#include "job/kind.h"
#include "job/patience.h"
#include "job/reports.h"
#include "store/sql.h"

enum {
	LOOK_MS = 1000, /* the longest a job waits that no NOTIFY told of */
	SWEEP_MS = 60000,
	SWEEP_FILES = 16, /* in one transaction */
	SWEEP_ANSWERS = 1000,
	TRIES_MOST = 20, /* then a job that never makes a file has failed; job.back_off() */
};

struct worker {
	const struct worker_options *options;
	struct db db;
	char name[HOST_NAME_MAX + 32]; /* host and process, for people */
	struct buf kinds;
	uint64_t sweep_ms;  /* when to look for old files next */
	uint64_t retry_ms;  /* the last pause before connecting again */
	bool was_told_down; /* the loss of the database is in the log */
};

/* --- the log of the database's coming and going --- */

static void tell_down(struct worker *w)
{
	if (!w->was_told_down)
		job_log("warning", "the database is away: %s", w->db.error.text);
	w->was_told_down = true;
}

static void tell_up(struct worker *w)
{
	if (w->was_told_down)
		job_log("info", "the database is back");
	w->was_told_down = false;
	w->retry_ms = 0;
}

/* --- one job --- */

static bool end_as(struct worker *w, struct task *t, enum job_end end, const char *event)
{
	const char *why = t->why[0] == '\0' ? NULL : t->why;

	if (!job_end(&w->db, t->row->id, end, why))
		return false;
	job_log_task(t, event, patience_now_ms() - t->turn_ms);
	if (end != JOB_END_DONE)
		w->sweep_ms = 0; /* what it made is of no use */
	return true;
}

static bool put_back(struct worker *w, struct task *t, const char *event)
{
	if (t->left == TASK_BUSY && t->row->tries >= TRIES_MOST)
		return end_as(w, t, JOB_END_FAILED, "failed");
	if (!job_leave(&w->db, t->row->id, t->left == TASK_BUSY ? t->why : NULL))
		return false;
	job_log_task(t, event, patience_now_ms() - t->turn_ms);
	return true;
}

/* False: the database is away, and with it the lock; the next who connects goes on. */
static bool conclude(struct worker *w, struct task *t, enum task_result result)
{
	static const char *const left[] = {
		[TASK_STOPPED] = "left", [TASK_YIELDED] = "yielded", [TASK_BUSY] = "put off"
	};

	if (result == TASK_DONE)
		return end_as(w, t, JOB_END_DONE, "done");
	if (result == TASK_FAILED || t->left == TASK_FULL)
		return end_as(w, t, JOB_END_FAILED, "failed");
	if (t->left == TASK_CANCELLED)
		return end_as(w, t, JOB_END_CANCELLED, "cancelled");
	return put_back(w, t, left[t->left]);
}

static enum task_result work(struct task *t)
{
	const struct job_kind *kind = job_kind_named(t->row->kind);

	if (t->left != TASK_AT_WORK)
		return TASK_LEFT;
	if (t->row->tries > TRIES_MOST)
		return task_fail(t,
				 "begun %d times, and each time the program ended before a file "
				 "was made; its log may say why",
				 TRIES_MOST);
	return kind == NULL ? task_fail(t, "this program knows no such kind of job")
			    : kind->work(t);
}

static bool work_on(struct worker *w, const struct job_row *row)
{
	struct task task = { .place = &w->options->place,
			     .kinds = w->kinds.data,
			     .stop_wanted = patience_stop_wanted };

	task_init(&task, row, &w->db);
	job_log_task(&task, row->files == 0 ? "begun" : "taken up", 0);
	return conclude(w, &task, work(&task)) && job_unlock(&w->db);
}

/* --- between jobs --- */

/* To print checks, told for a day. */
static bool forget_answers(struct worker *w)
{
	int64_t removed = SWEEP_ANSWERS;

	while (removed >= SWEEP_ANSWERS && !patience_stop_wanted()) {
		PGresult *rows =
		    db_query(&w->db, &sql_check_forget, DB_VALUES(db_number(SWEEP_ANSWERS)));

		if (rows == NULL)
			return false;
		removed = db_number_at(rows, 0, 0);
		PQclear(rows);
	}
	return true;
}

static bool sweep(struct worker *w)
{
	uint64_t removed = SWEEP_FILES;

	while (removed >= SWEEP_FILES && !patience_stop_wanted()) {
		if (!job_sweep(&w->db, w->options->days, SWEEP_FILES, &removed))
			return false;
		if (removed > 0)
			job_log("info", "%llu files removed", (unsigned long long)removed);
	}
	w->sweep_ms = patience_now_ms() + SWEEP_MS;
	return forget_answers(w) && reports_forget(&w->db, w->options->report_days);
}

/* True when told of something. False also when the connection is gone: the next query says so. */
static bool take_notices(struct worker *w)
{
	bool told = false;
	PGnotify *notice;

	if (PQconsumeInput(w->db.connection) == 0)
		return false;
	while ((notice = PQnotifies(w->db.connection)) != NULL) {
		told = true;
		PQfreemem(notice);
	}
	return told;
}

static void idle(struct worker *w)
{
	if (!take_notices(w))
		patience_wait(PQsocket(w->db.connection), LOOK_MS);
	/* A job that was cancelled while nobody had it leaves files, too. */
	if (take_notices(w))
		w->sweep_ms = 0;
}

/* True: it shall end. False: the database is away. */
static bool serve(struct worker *w)
{
	while (!patience_stop_wanted()) {
		struct job_row row = { 0 };
		bool found, good;

		if (!job_take(&w->db, w->kinds.data, w->name, &row, &found))
			return false;
		tell_up(w);
		good = !found || work_on(w, &row);
		job_row_release(&row);
		good = good && reports_take(&w->db, patience_stop_wanted);
		if (!good || (patience_now_ms() >= w->sweep_ms && !sweep(w)))
			return false;
		if (!found && w->options->once)
			return true;
		if (!found)
			idle(w);
	}
	return true;
}

/* --- the database --- */

static bool connect_to(struct worker *w)
{
	if (!db_open(&w->db, w->options->url, "suyuan jobs"))
		return false;
	if (job_listen(&w->db))
		return true;
	db_close(&w->db);
	return false;
}

static enum worker_result run(struct worker *w)
{
	while (!patience_stop_wanted()) {
		if (connect_to(w) && serve(w))
			return WORKER_STOPPED;
		tell_down(w);
		db_close(&w->db);
		if (w->options->once)
			return WORKER_NO_DATABASE;
		patience_before_retry(&w->retry_ms);
	}
	return WORKER_STOPPED;
}

static void name_worker(struct worker *w)
{
	char host[HOST_NAME_MAX + 1] = "";

	(void)gethostname(host, sizeof(host) - 1);
	(void)snprintf(w->name, sizeof(w->name), "%s:%d", host, (int)getpid());
}

enum worker_result worker_run(const struct worker_options *options)
{
	struct worker w = { .options = options };
	enum worker_result result;

	patience_prepare();
	name_worker(&w);
	buf_init(&w.kinds, 1024);
	job_kinds_print(&w.kinds);
	if (buf_string(&w.kinds) == NULL) /* a few bytes */
		abort();
	result = run(&w);
	db_close(&w.db);
	buf_release(&w.kinds);
	return result;
}
