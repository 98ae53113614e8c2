/* Commits what a job has done, and hears whether it shall go on. */
#include "job/task.h"

#include <stdarg.h>
#include <time.h>

#include "job/job_log.h"

enum {
	SAY_MS = 500,	 /* between two looks whether it is cancelled */
	TURN_MS = 10000, /* then others that wait have theirs */
};

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void task_init(struct task *t, const struct job_row *row, struct db *db)
{
	t->row = row;
	t->db = db;
	t->files = row->files;
	t->done = row->done;
	t->turn_ms = t->said_ms = now_ms();
	t->left = row->cancel_wanted ? TASK_CANCELLED : TASK_AT_WORK;
	t->why[0] = '\0';
}

static bool leave(struct task *t, enum task_left why)
{
	t->left = why;
	return false;
}

enum task_result task_fail(struct task *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(t->why, sizeof(t->why), format, args);
	va_end(args);
	return TASK_FAILED;
}

static bool leave_store(struct task *t)
{
	(void)snprintf(t->why, sizeof(t->why), "the database: %s", t->db->error.text);
	return leave(t, TASK_BUSY);
}

enum task_result task_fail_store(struct task *t)
{
	if (!store_error_is_busy(&t->db->error))
		return task_fail(t, "the database: %s", t->db->error.text);
	(void)leave_store(t);
	return TASK_LEFT;
}

bool task_pin(struct task *t, const char *pin)
{
	bool anew = false;

	if (!job_pin(t->db, t->row->id, pin, &anew))
		return leave_store(t);
	if (anew) {
		t->files = t->done = 0;
		job_log("info", "job %lld begins anew: what its files depend on has changed",
			(long long)t->row->id);
	}
	return true;
}

bool task_go_on(struct task *t, uint64_t more)
{
	bool cancel = false;
	uint64_t now;

	if (t->left != TASK_AT_WORK)
		return false;
	if (t->stop_wanted())
		return leave(t, TASK_STOPPED);
	now = now_ms();
	if (now - t->said_ms < SAY_MS)
		return true;
	t->said_ms = now;
	if (!job_progress(t->db, t->row->id, t->done + more, &cancel))
		return leave_store(t);
	return cancel ? leave(t, TASK_CANCELLED) : true;
}

bool task_add_file(struct task *t, const struct job_file *file, struct slice bytes)
{
	struct job_file_result result;

	if (!job_add_file(t->db, t->row->id, t->kinds, file, bytes, &result))
		return leave_store(t);
	t->files++;
	t->done += file->labels;
	t->said_ms = now_ms();
	if (result.cancel)
		return leave(t, TASK_CANCELLED);
	if (result.full && t->done < t->row->total) {
		(void)snprintf(t->why, sizeof(t->why),
			       "the label files of this brand take all the room they may: order "
			       "less at a time, and when old ones are removed");
		return leave(t, TASK_FULL);
	}
	if (t->stop_wanted())
		return leave(t, TASK_STOPPED);
	if (result.others && t->said_ms - t->turn_ms > TURN_MS)
		return leave(t, TASK_YIELDED);
	return true;
}
