/*
 * The operator's port: /metrics, /healthz and /readyz over plain HTTP, answered by a small process
 * of its own under the supervisor. It answers also while every worker hangs; it is unprivileged,
 * in the chroot and behind a system call filter of its own, and being a program started anew it
 * holds no key, no password and no connection: only the shared numbers, which it cannot change.
 */
#ifndef SUYUAN_WEB_ADMIN_H
#define SUYUAN_WEB_ADMIN_H

#include <limits.h>
#include <sys/types.h>

#include "base/settings.h"
#include "web/module.h"

/* The supervisor's side. Zeroed memory with listen_fd -1 is an admin port that is off. */
struct admin {
	const char *program; /* "lookup" or "console" */
	int listen_fd;	     /* -1: off */
	int memory_fd;	     /* of the shared numbers */
	char root[PATH_MAX]; /* of the chroot; "" : stays as it is */
	uid_t user;	     /* to become … */
	gid_t group;	     /* … where there is a chroot */
	pid_t child;	     /* 0: none */
	uint64_t start_ms;   /* when the next one shall be started */
};

/* Binds the port, if the settings want one. False and `why` when it cannot. */
MUSTCHECK bool admin_open(struct admin *a, enum program program, const struct settings *s,
			  int memory_fd, bool confine, char *why, size_t why_size);
/* Starts the process if it does not run and it is time for it. */
void admin_keep(struct admin *a, uint64_t now_ms);
/* Whether it has ended meanwhile; it will be started again. */
bool admin_ended(struct admin *a, uint64_t now_ms);
/* Ends it and waits for that; admin_keep() starts another. */
void admin_end(struct admin *a);
/* The same for ever. */
void admin_stop(struct admin *a);
/* In a child of the supervisor that is not to have these descriptors. */
void admin_forget(struct admin *a);

/*
 * The process: `suyuand admin PROGRAM ROOT USER GROUP`, with the listening socket and the memory of
 * the numbers as descriptors ADMIN_LISTEN_FD and ADMIN_MEMORY_FD. Returns the exit status.
 */
enum { ADMIN_LISTEN_FD = 3, ADMIN_MEMORY_FD = 4, ADMIN_ARGUMENTS = 4 };
MUSTCHECK int admin_main(int argc, char **argv);

#endif
