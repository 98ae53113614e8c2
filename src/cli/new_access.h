/* A key, token or link that a command makes: its text is told once and kept nowhere. */
#ifndef SUYUAN_CLI_NEW_ACCESS_H
#define SUYUAN_CLI_NEW_ACCESS_H

#include "model/access_key.h"

struct new_access {
	char text[ACCESS_KEY_TEXT_SIZE];
	struct access_key key;
};

/* False: there are no random bytes; nothing to release then. */
MUSTCHECK bool new_access_make(struct new_access *ret_access, enum access_kind kind);
void new_access_release(struct new_access *access); /* wipes it */

#endif
