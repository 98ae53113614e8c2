/*
 * Importing a file into the trace model: every value is checked here for its own sake, the rows go
 * to the database in bounded memory, are checked there against each other and what is recorded, and
 * become records in one transaction. What is refused is reported with line, column and reason; the
 * rest is recorded, or nothing when the user says so.
 *
 * One transaction whatever the size: the file is staged outside of it, so it is as short as the
 * recording itself, and an import that ends early, in whatever way, has recorded nothing.
 */
#ifndef SUYUAN_JOB_IMPORT_H
#define SUYUAN_JOB_IMPORT_H

#include "model/profile.h"
#include "store/db.h"

struct import_refusal {
	uint64_t line;	     /* of the cell, or of the record where no cell is to blame */
	size_t column;	     /* 1-based; 0 = the record as a whole */
	struct slice header; /* the column's name, may be empty */
	struct slice field;  /* "gtin"; may be empty */
	struct slice value;  /* the text as it stands in the file, may be shortened */
	struct slice code;   /* for programs: "gtin_bad_check_digit" */
	struct slice reason; /* English, no full stop */
};

struct import_counts;
struct import_touched;

struct import_options {
	const char *brand;     /* slug */
	const char *file_name; /* for messages and the records' source */
	size_t cell_maximum;   /* bytes; 0 = 64 KiB */
	bool dry_run;	       /* everything is checked and nothing stays */
	bool all_or_nothing;   /* one refusal and nothing stays */
	/* Called for each refused row; texts live until it returns. Not NULL. */
	void (*refused)(void *user, const struct import_refusal *refusal);
	/* How much of the file has been read, in bytes and records. Not NULL. False: stop. */
	bool (*progress)(void *user, uint64_t bytes, uint64_t records);
	/* The whole file has been read: what follows is one step of the database. Not NULL. */
	void (*recording)(void *user);
	/*
	 * Everything is recorded and nothing committed yet: what is written now stays or goes with
	 * it. False: nothing is to stay, and db->error or the caller knows why. NULL: no such word.
	 */
	bool (*keeping)(void *user, const struct import_counts *counts,
			const struct import_touched *touched);
	void *user;
};

struct import_counts {
	uint64_t records; /* read from the file, without the header */
	uint64_t rows;	  /* made of them; more than records with `each` */
	uint64_t refused; /* records and rows */
	uint64_t added, corrected, unchanged;
};

enum import_result {
	IMPORT_DONE,	 /* recorded (with dry_run: would have been) */
	IMPORT_REFUSED,	 /* all_or_nothing, and something was refused: nothing recorded */
	IMPORT_NO_BRAND, /* no such brand */
	IMPORT_BAD_FILE, /* the file as a whole: its header, a missing column, reading failed */
	IMPORT_DATABASE, /* db->error says why; nothing recorded unless the answer to COMMIT was
			    lost */
	IMPORT_NO_MEMORY,
	IMPORT_STOPPED, /* progress() or keeping() said so: nothing recorded */
};

struct import_touched {
	uint64_t *gtins; /* owned */
	size_t count;
};
void import_touched_release(struct import_touched *t); /* accepts NULL and zeroed structs */

/*
 * `profile` is bound to the file's columns on the way. The counts are filled as far as it went.
 * With IMPORT_BAD_FILE and IMPORT_NO_BRAND, `why` holds the reason. `ret_touched` gets the GTINs
 * whose public documents are to be made anew (released by the caller); none after a dry run.
 */
MUSTCHECK enum import_result import_file(struct db *db, FILE *in, struct profile *profile,
					 const struct import_options *options,
					 struct import_counts *ret_counts,
					 struct import_touched *ret_touched, char *why,
					 size_t why_size);

#endif
