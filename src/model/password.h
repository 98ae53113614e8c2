/*
 * What a new password must be (NIST SP 800-63B, 5.1.1.2): long enough, and none of those that are
 * tried first. Nothing is asked of its kinds of characters.
 */
#ifndef SUYUAN_MODEL_PASSWORD_H
#define SUYUAN_MODEL_PASSWORD_H

#include "base/slice.h"

enum {
	PASSWORD_LEAST = 12,	 /* characters */
	PASSWORD_MOST = 256,	 /* characters */
	PASSWORD_BYTES = 4 * 256 /* that so many characters may have in UTF-8 */
};

enum password_result {
	PASSWORD_OK,
	PASSWORD_TOO_SHORT,
	PASSWORD_TOO_LONG,
	PASSWORD_COMMON, /* much used, a row of keys, the same again and again, or made of the name
			  */
};

/* `password` is valid UTF-8; `name` is what its owner signs in with. */
MUSTCHECK enum password_result password_judge(struct slice password, struct slice name);
/* A code of messages.def; NULL for PASSWORD_OK. */
const char *password_fault(enum password_result result);

#endif
