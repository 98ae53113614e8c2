/*
 * One server as a set of processes: what is done before the first fork, in Kore's parent and in
 * each worker.
 */
#ifndef SUYUAN_WEB_APP_H
#define SUYUAN_WEB_APP_H

#include <sys/types.h>

#include "web/module.h"

/* Before any fork. Lets every module read its secrets; false and `why` when one cannot. */
MUSTCHECK bool app_prepare(enum program program, const struct settings *s, char *why,
			   size_t why_size);

struct app_start {
	int listen_fd;		 /* bound and listening */
	const char *kore_config; /* path of the file for Kore */
	bool confine;		 /* chroot and change of user, as that file says */
	char **argv;		 /* of main(): Kore writes process titles there */
};

/* Becomes Kore's parent; returns the exit status when the server has ended in order. */
MUSTCHECK int app_run(const struct app_start *start);

/* For web/worker.c. */
void app_ignore_signals(void);
const struct module *const *app_modules(void); /* in the order of starting, NULL at the end */
pid_t app_parent_pid(void);		       /* Kore's parent */
void app_stop_listening(void);		       /* in this process; again is harmless */

#endif
