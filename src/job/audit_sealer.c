/* Seals the log of changes in pieces, so that no transaction is long. */
#include "job/audit_sealer.h"

#include "job/job_log.h"
#include "job/patience.h"
#include "store/audit.h"

enum { PIECE = 1000, TURN_MS = 500 };

void audit_sealer_turn(struct db *db)
{
	static bool was_told;
	uint64_t until = patience_now_ms() + TURN_MS;
	int64_t count;

	do {
		if (audit_seal(db, PIECE, &count)) {
			was_told = false;
			continue;
		}
		if (!was_told)
			job_log("error", "the log of changes is not sealed: %s", db->error.text);
		was_told = true;
		return;
	} while (count == PIECE && patience_now_ms() < until && !patience_stop_wanted());
}
