/*
 * The serial keys in the memory of a console worker, to read what is printed. They are fetched when
 * a code names one that is not here yet, which is when the first code is read and after
 * `suyuan key add`.
 */
#ifndef SUYUAN_WEB_CONSOLE_KEYS_H
#define SUYUAN_WEB_CONSOLE_KEYS_H

#include <libpq-fe.h>

#include "model/keyring.h"

/* Owned here; more keys may come, none goes. */
struct keyring *console_keys(void);
/* Takes the rows of console_keys.sql in; a key that does not open is logged and left out. */
void console_keys_take(const PGresult *rows);

#endif
