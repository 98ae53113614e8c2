/* A worker process from its birth to its end; called by the hooks that web/app.c sets. */
#ifndef SUYUAN_WEB_WORKER_H
#define SUYUAN_WEB_WORKER_H

/* First thing in a new worker. Makes one that keeps dying young wait before it tries again. */
void worker_born(void);
/* After chroot and change of user: dies with its parent, and the system calls are confined. */
void worker_confine(void);

#endif
