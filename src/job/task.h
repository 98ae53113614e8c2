/*
 * One job under work: what its kind (job/kind.h) asks for and reports to while it makes files. All
 * progress is committed here, and whoever wants the job to stop is heard here.
 */
#ifndef SUYUAN_JOB_TASK_H
#define SUYUAN_JOB_TASK_H

#include "model/keyring.h"
#include "store/job.h"

/* What jobs find on this machine; borrowed, the same for all of them. */
struct task_place {
	const struct master_key *master;
	const char *sheets;   /* folder of label sheets */
	const char *printers; /* folder of printers' own settings */
	const char *font;     /* TrueType; NULL: none */
};

enum task_result {
	TASK_DONE,   /* every file is made */
	TASK_FAILED, /* it can never be done: task->why says so in words */
	TASK_LEFT,   /* a function below returned false: somebody goes on later, or nobody */
};

/* Why a task was left. */
enum task_left {
	TASK_AT_WORK,
	TASK_STOPPED,	/* the program ends */
	TASK_CANCELLED, /* whoever ordered it wants it no more */
	TASK_YIELDED,	/* others wait for their turn */
	TASK_BUSY,	/* the database is away or has no room: task->why; later again */
	TASK_FULL,	/* the files of its brand take all the room they may: task->why */
};

enum { TASK_WHY_SIZE = 1100 };

struct task {
	const struct job_row *row;
	const struct task_place *place;
	struct db *db;
	const char *kinds;	   /* as job_take() wants them */
	bool (*stop_wanted)(void); /* asked often */
	uint64_t files, done;	   /* committed */
	uint64_t turn_ms, said_ms; /* when its turn began, when progress was told */
	enum task_left left;
	char why[TASK_WHY_SIZE];
};

/* `row` was just taken. */
void task_init(struct task *t, const struct job_row *row, struct db *db);
/*
 * To be called before the first file, with everything that its bytes depend on besides the row: the
 * program, files of this machine. Where that has changed since files were made, they are removed
 * and t->files and t->done are 0 again. False: leave.
 */
MUSTCHECK bool task_pin(struct task *t, const char *pin);
/*
 * To be called many times a second while nothing else is: `more` is what the file under work has
 * reached beyond t->done. False: leave.
 */
MUSTCHECK bool task_go_on(struct task *t, uint64_t more);
/*
 * Commits a file, whose position is t->files and whose labels count as done. False: leave; the
 * file may be committed all the same.
 */
MUSTCHECK bool task_add_file(struct task *t, const struct job_file *file, struct slice bytes);
/* TASK_FAILED, or TASK_LEFT where the database is to blame and may get better. */
enum task_result task_fail(struct task *t, const char *format, ...) PRINTF(2, 3);
enum task_result task_fail_store(struct task *t);

#endif
