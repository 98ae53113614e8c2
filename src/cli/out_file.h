/*
 * A file that appears whole or not at all: written beside its place under another name, synced and
 * moved there at the end. NULL as the path stands for standard output; a device or a pipe is
 * written to as it is, and a symbolic link stays one.
 */
#ifndef SUYUAN_CLI_OUT_FILE_H
#define SUYUAN_CLI_OUT_FILE_H

#include "base/slice.h"

struct out_file {
	FILE *stream;
	char *path;	 /* owned; NULL: standard output */
	char *temporary; /* owned; NULL while writing to a place that is there already */
};

/* The file is readable by its owner only: codes are worth something until they are used. */
MUSTCHECK bool out_file_open(struct out_file *f, const char *path, char *why, size_t why_size);
MUSTCHECK bool out_file_write(struct out_file *f, struct slice bytes);
/* Moves the file to its place. */
MUSTCHECK bool out_file_finish(struct out_file *f, char *why, size_t why_size);
/* Leaves nothing behind unless out_file_finish() succeeded; accepts NULL and zeroed structs. */
void out_file_release(struct out_file *f);

#endif
