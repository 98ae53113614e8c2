/*
 * The parts that a server is made of (PostgreSQL, Redis, cache, …), one line each in
 * src/web/modules.def, started in that order in every worker and stopped in reverse.
 */
#ifndef SUYUAN_WEB_MODULE_H
#define SUYUAN_WEB_MODULE_H

#include "base/settings.h"

enum program {
	PROGRAM_LOOKUP = 1 << 0,
	PROGRAM_CONSOLE = 1 << 1,
};

struct module {
	const char *name;
	unsigned programs; /* bits of enum program that it belongs to */
	/*
	 * Once, before any worker exists: with the starting user's rights, outside the chroot; the
	 * place to read secrets from files. No thread, no connection. false and `why` (no newline)
	 * end the program with that message. May be NULL.
	 */
	bool (*prepare)(const struct settings *s, char *why, size_t why_size);
	/*
	 * In each worker, confined (chroot, seccomp, unprivileged), the loop about to run: open
	 * connections, start timers and watches (web/loop.h). Must not block. May be NULL.
	 */
	void (*start)(const struct settings *s);
	/*
	 * In each worker that is about to end in order, ten times a second at most until it says
	 * true (or drain_seconds are over): finish what others wait for. May be NULL.
	 */
	bool (*is_done)(void);
	/*
	 * Whether it has everything that it answers from. A worker lets nobody in before, as long
	 * as an older server serves beside it, and for a moment after it began. NULL: always.
	 */
	bool (*is_loaded)(void);
	/*
	 * What it loads from was tried and cannot be reached, so that the first worker of all need
	 * not wait for it. NULL: never.
	 */
	bool (*is_away)(void);
	/* In each worker that ends in order, after its last answer. May be NULL. */
	void (*stop)(void);
};

/* What this process serves, from the start on. */
enum program app_program(void);
const struct settings *app_settings(void);
unsigned app_worker_id(void); /* 0, 1, … in a worker; stable over restarts of that worker */

#endif
