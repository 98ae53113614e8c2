/*
 * The master key's file: 64 hexadecimal digits and at most one line feed, readable by its
 * owner only. Whoever has it and the database can compute every code.
 */
#ifndef SUYUAN_STORE_MASTER_KEY_H
#define SUYUAN_STORE_MASTER_KEY_H

#include "model/keyring.h"

/*
 * Reads the key, and the one that is to follow it, in the file of that name with ".next" behind,
 * where there is one. Refused: a symbolic link, no plain file, an owner other than the caller or
 * root, any permission for group or others, any other size or character. `why` then holds
 * "path: reason" and `ret_key` is untouched. The caller wipes with master_key_release().
 */
MUSTCHECK bool master_key_load(const char *path, struct master_key *ret_key, char *why,
			       size_t why_size);
/*
 * Makes the file with mode 0600, synced to disk. An existing file is never touched: that is
 * an error, because the old key may still be the only one that opens the store.
 */
MUSTCHECK bool master_key_create(const char *path, const struct master_key *key, char *why,
				 size_t why_size);

/* "PATH.next". False: longer than `size`. */
MUSTCHECK bool master_key_next_path(const char *path, char *ret_path, size_t size);
/*
 * The next key's file takes the place of `path`, whose key stays beside it as "PATH.old", with a
 * number where there is one of that name; for copies of the database from before. False: `why`;
 * what is missing is done by calling again.
 */
MUSTCHECK bool master_key_follow(const char *path, char *why, size_t why_size);

#endif
