/*
 * Files made for others to print from: each appears whole or not at all, none replaces an
 * older one unless told to, and a manifest names every one with its SHA-256. Only their owner
 * can read them: a code is worth something until it is used.
 */
#ifndef SUYUAN_CLI_ARTEFACT_H
#define SUYUAN_CLI_ARTEFACT_H

#include "base/buf.h"

enum { ARTEFACT_WHY_SIZE = 512 };

struct artefacts {
	int folder;		 /* open folder, or -1 */
	const char *folder_name; /* borrowed, for messages */
	char manifest[256];	 /* its file name */
	bool force;		 /* may replace */
	FILE *list;		 /* the manifest being written, under a temporary name */
	char list_name[64];
	uint64_t count;
	char why[ARTEFACT_WHY_SIZE]; /* after false: "path: reason" */
};

/*
 * Makes the folder when it is missing and begins the manifest ("manifest.json"). If there is one
 * already, of another format perhaps, this one takes `kind` into its name (manifest-png.json).
 * False when that is impossible, or there too and `force` is not set.
 */
MUSTCHECK bool artefacts_init(struct artefacts *a, const char *folder, const char *manifest,
			      const char *kind, bool force);
/* Without artefacts_finish() before: no manifest, as the set is not whole. Accepts NULL. */
void artefacts_release(struct artefacts *a);
/*
 * Writes one file. `name` has no slash. `url` goes into the manifest unless empty. `sync`:
 * wait until it is on disk (for few large files).
 */
MUSTCHECK bool artefacts_add(struct artefacts *a, const char *name, struct slice content,
			     struct slice url, bool sync);
/* `fields` are JSON members ("\"a\":1,\"b\":2") that stand beside the list. */
MUSTCHECK bool artefacts_finish(struct artefacts *a, const char *fields);

#endif
