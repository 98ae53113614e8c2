/*
 * The jobs "publish" and "project": making the public documents of a brand or product anew, after
 * deciding what was scheduled for a time. Both may be begun again at any point: what was decided is
 * not decided twice, and a document that is as it must be is not written.
 */
#include "job/kind.h"
#include "store/projection.h"
#include "store/sql.h"

extern const struct job_kind job_kind_publish, job_kind_project;

static void tell(void *context, uint64_t documents)
{
	/* Not left half-way: who is to stop is stopped by the end of the session, which harms
	 * nothing. */
	if (!task_go_on(context, documents))
		return;
}

static bool project(struct task *task, int64_t brand, uint64_t gtin)
{
	struct projection p = { .progress = tell, .context = task };

	return gtin == 0 ? projection_run_brand(task->db, &p, brand)
			 : projection_run(task->db, &p, &gtin, 1);
}

/* False: db->error. */
static bool decide(struct task *task, int64_t *ret_brand, uint64_t *ret_gtin)
{
	PGresult *rows =
	    db_query(task->db, &sql_policy_scheduled, DB_VALUES(db_number(task->row->id)));
	bool ok = rows != NULL;

	if (ok) {
		*ret_brand = db_number_at(rows, 0, 0);
		*ret_gtin = (uint64_t)db_number_at(rows, 0, 1);
	}
	PQclear(rows);
	return ok;
}

static enum task_result work(struct task *task)
{
	int64_t brand;
	uint64_t gtin;

	if (!decide(task, &brand, &gtin) || !project(task, brand, gtin))
		return task_fail_store(task);
	return TASK_DONE;
}

const struct job_kind job_kind_publish = { .name = "publish", .work = work };
const struct job_kind job_kind_project = { .name = "project", .work = work };
