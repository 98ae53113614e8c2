/* The story of an intake: check, stage, take in piece by piece, and who is told what. */
#include "job/foreign.h"

enum {
	FLUSH_AT = 1024 * 1024,	   /* bytes of rows sent at once */
	ROWS_MAX = FLUSH_AT + 256, /* one more row fits */
	PIECE = 20000,		   /* rows taken in by one statement */
};

bool foreign_intake_init(struct foreign_intake *i, struct db *db, struct keyring *ring,
			 const struct foreign_options *options)
{
	*i = (struct foreign_intake){ .db = db, .ring = ring, .options = options };
	buf_init(&i->rows, ROWS_MAX);
	return store_foreign_open(db);
}

void foreign_intake_release(struct foreign_intake *i)
{
	if (i == NULL)
		return;
	buf_release(&i->rows);
	*i = (struct foreign_intake){ .db = NULL };
}

static void refuse(struct foreign_intake *i, uint64_t line, struct slice serial, const char *code,
		   const char *reason)
{
	struct foreign_refusal refusal = { line, serial, slice_of(code), slice_of(reason) };

	i->counts.refused++;
	i->options->refused(i->options->user, &refusal);
}

static void refuse_serial(struct foreign_intake *i, uint64_t line, struct slice serial,
			  enum foreign_result result, size_t position)
{
	char text[256];

	if (result != FOREIGN_BAD_CHARACTER) {
		refuse(i, line, serial, foreign_serial_word(result), foreign_serial_reason(result));
		return;
	}
	(void)snprintf(text, sizeof(text), "character %zu: %s", position,
		       foreign_serial_reason(result));
	refuse(i, line, serial, foreign_serial_word(result), text);
}

/* --- staging --- */

static bool no_memory(struct foreign_intake *i)
{
	i->db->error = (struct store_error){ .sqlstate = "53200", .text = "out of memory" };
	return false;
}

static bool flush(struct foreign_intake *i, size_t at_least)
{
	if (!buf_ok(&i->rows))
		return no_memory(i);
	if (i->rows.length < at_least || i->rows.length == 0)
		return true;
	if (!store_foreign_add(i->db, buf_slice(&i->rows)))
		return false;
	buf_clear(&i->rows);
	return true;
}

bool foreign_intake_add(struct foreign_intake *i, uint64_t line, struct slice serial)
{
	size_t position = 0;
	enum foreign_result result =
	    foreign_serial_check(i->ring, i->options->place.gtin, serial, &position);

	i->counts.read++;
	if (result != FOREIGN_OK) {
		refuse_serial(i, line, serial, result, position);
		return true;
	}
	/* Character set 82 holds nothing that COPY would read as anything but itself. */
	buf_add_format(&i->rows, "%llu\t%llu\t%.*s\n", (unsigned long long)++i->staged,
		       (unsigned long long)line, SLICE_ARG(serial));
	return flush(i, FLUSH_AT);
}

/* --- taking in --- */

static void on_answer(void *user, const struct foreign_answer *answer)
{
	struct foreign_intake *i = user;
	char text[96];

	switch (answer->outcome) {
	case FOREIGN_REPEATED:
		i->counts.repeated++;
		return;
	case FOREIGN_KNOWN:
		i->counts.known++;
		return;
	case FOREIGN_OTHER_LOT:
		break;
	}
	if (answer->lot.length == 0)
		(void)snprintf(text, sizeof(text), "it was taken in before, without a lot");
	else
		(void)snprintf(text, sizeof(text), "it was taken in before, with lot %.*s",
			       SLICE_ARG(answer->lot));
	refuse(i, answer->line, answer->serial, "other_lot", text);
}

static bool take_all(struct foreign_intake *i, const char *source)
{
	const struct foreign_options *o = i->options;
	uint64_t refused = i->counts.refused;
	char list[FOREIGN_LIST_SIZE];

	if (!store_foreign_begin(i->db, o->place.gtin, i->ring, list))
		return false;
	for (uint64_t done = 0; done < i->staged; done += PIECE) {
		if (!store_foreign_take(i->db, list, &o->place, done, PIECE, on_answer, i))
			return false;
		o->progress(o->user, done + PIECE < i->staged ? done + PIECE : i->staged);
	}
	i->counts.added =
	    i->staged - i->counts.repeated - i->counts.known - (i->counts.refused - refused);
	return store_foreign_end(i->db, list, &o->place, source, i->counts.added);
}

bool foreign_intake_record(struct foreign_intake *i, const char *source, bool dry_run)
{
	if (!flush(i, 0) || !db_begin(i->db))
		return false;
	if (take_all(i, source) && (dry_run || db_commit(i->db))) {
		db_rollback(i->db); /* of a dry run; else there is nothing to undo */
		return true;
	}
	db_rollback(i->db);
	return false;
}
