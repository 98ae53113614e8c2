/*
 * Which country an address belongs to, by a database in MaxMind's format that the operator may
 * give. No more than the two letters is ever taken out of it.
 */
#ifndef SUYUAN_WEB_COUNTRY_H
#define SUYUAN_WEB_COUNTRY_H

#include "web/request.h"

enum { COUNTRY_SIZE = 3 };

/*
 * Before the workers are forked. Copied into memory that is shared and cannot shrink: a file that
 * is written over would end every worker that reads it. False: `why`, without a newline.
 */
MUSTCHECK bool country_open(const char *path, char *why, size_t why_size);
void country_close(void); /* also when none is open */

/* ISO 3166-1 alpha-2, or "" where it is not known or no database is open. No system call. */
void country_of(const struct client_address *client, char ret_country[COUNTRY_SIZE]);

#endif
