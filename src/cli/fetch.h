/*
 * Getting a job's file into a folder. What an earlier try got stays beside its place as NAME.part,
 * and the next one goes on from there; only bytes with the right SHA-256 get their name.
 */
#ifndef SUYUAN_CLI_FETCH_H
#define SUYUAN_CLI_FETCH_H

#include "store/db.h"

/* A file as `job_files` lists it; borrowed. */
struct fetch_file {
	int64_t job, position;
	const char *name;
	uint64_t size;
	const char *sha256; /* 64 hexadecimal digits */
};

enum fetch_result {
	FETCH_MADE,
	FETCH_THERE,	/* the folder has it, whole */
	FETCH_DATABASE, /* db->error */
	FETCH_FAILED,	/* `why` */
};

/* The file is readable by its owner only: codes are worth something until they are used. */
MUSTCHECK enum fetch_result fetch_file(struct db *db, const struct fetch_file *file,
				       const char *folder, char *why, size_t why_size);

#endif
