/* Takes one report after the other out of the inbox. */
#include "job/reports.h"

#include "job/job_log.h"
#include "job/picture_cell.h"
#include "store/sql.h"

enum { TRIES_MOST = 3 };

/* Legible on a desk, and no more than that. */
static const struct picture_wish for_a_desk = { .side = 1600, .quality = 80 };

/* A report of the inbox, and what becomes of its photo. */
struct waiting {
	int64_t id, tries;
	struct slice photo; /* as it came, or empty; owned by `raw` */
	unsigned char *raw;
	struct picture picture;
	const char *note; /* why there is none, or NULL */
};

static void waiting_release(struct waiting *w)
{
	PQfreemem(w->raw);
	picture_release(&w->picture);
}

/* False: out of memory. */
static bool waiting_read(const PGresult *rows, struct waiting *w)
{
	size_t length = 0;

	*w = (struct waiting){ .id = db_number_at(rows, 0, 0), .tries = db_number_at(rows, 0, 1) };
	if (PQgetisnull(rows, 0, 2))
		return true;
	w->raw = PQunescapeBytea((const unsigned char *)PQgetvalue(rows, 0, 2), &length);
	w->photo = (struct slice){ (const char *)w->raw, length };
	return w->raw != NULL;
}

static void look_at_photo(struct waiting *w)
{
	enum picture_result result;

	if (w->photo.length == 0)
		return;
	if (w->tries > TRIES_MOST) {
		w->note = "it ended the program that read it";
		return;
	}
	result = picture_shrink_apart(w->photo, &for_a_desk, &picture_limits, &w->picture);
	if (result != PICTURE_OK)
		w->note = picture_reason(result);
}

static bool keep(struct db *db, const struct waiting *w)
{
	const bool has_picture = w->picture.bytes != NULL;
	const struct slice bytes = { (const char *)w->picture.bytes, w->picture.length };
	const struct db_value none = db_text(NULL);
	PGresult *rows = db_query(db, &sql_report_keep,
				  DB_VALUES(db_number(w->id), has_picture ? db_bytes(bytes) : none,
					    has_picture ? db_number(w->picture.width) : none,
					    has_picture ? db_number(w->picture.height) : none,
					    db_text(w->note)));
	const bool good = rows != NULL;

	if (good && db_number_at(rows, 0, 1) == 0)
		job_log("info", "report: it was sent again, and is kept once");
	else if (good && db_number_at(rows, 0, 0) == 0)
		job_log("warning", "report: it is about a GTIN that nobody owns, and goes nowhere");
	else if (good)
		job_log("info", "report: taken, %s",
			has_picture	  ? "with a photo"
			: w->note != NULL ? "its photo was dropped"
					  : "without a photo");
	PQclear(rows);
	return good;
}

/* *ret_found: there was one, and this session had the right. */
static bool take_one(struct db *db, bool *ret_found)
{
	PGresult *rows = db_query(db, &sql_report_begin, DB_NO_VALUES);
	struct waiting w = { .raw = NULL };
	bool good = rows != NULL;

	*ret_found = good && PQntuples(rows) == 1;
	if (*ret_found && !waiting_read(rows, &w)) {
		db->error = (struct store_error){ .sqlstate = "53200", .text = "out of memory" };
		good = false;
	}
	PQclear(rows);
	if (*ret_found && good) {
		look_at_photo(&w);
		good = keep(db, &w);
	}
	waiting_release(&w);
	return good;
}

bool reports_take(struct db *db, bool (*stop_wanted)(void))
{
	bool found = true, any = false;

	while (found && !stop_wanted()) {
		if (!take_one(db, &found))
			return false;
		any = any || found;
	}
	return !any || db_run(db, &sql_report_let_go, DB_NO_VALUES);
}

bool reports_forget(struct db *db, uint64_t days)
{
	int64_t removed;

	do {
		PGresult *rows =
		    db_query(db, &sql_report_forget, DB_VALUES(db_number((int64_t)days)));

		if (rows == NULL)
			return false;
		removed = db_number_at(rows, 0, 0);
		PQclear(rows);
		if (removed > 0)
			job_log("info", "reports: %lld removed, their time was over",
				(long long)removed);
	} while (removed > 0);
	return true;
}
