/*
 * Put in front of every file of Kore by the build: the few names that must mean something else,
 * each with its reason, and where Suyuan hangs in. Nothing else of Kore is changed.
 */
#ifndef SUYUAN_WEB_KORE_HOOKS_H
#define SUYUAN_WEB_KORE_HOOKS_H

#include <stddef.h>
#include <stdio.h>
#include <sys/shm.h>

/* Set by web/app.c before kore_main(); every one must be there. */
struct kore_hooks {
	void (*print)(const char *text, size_t length); /* one message of Kore, no newline */
	void (*worker_born)(void);    /* first thing a new worker does, still with all rights */
	void (*worker_confine)(void); /* after chroot and setuid; must call kore_seccomp_enable() */
	void (*parent_tick)(void);    /* in Kore's parent, every KORE_PARENT_TICK_MS */
};
extern struct kore_hooks kore_hooks;

enum { KORE_PARENT_TICK_MS = 100 };

int kore_main(int argc, char **argv);

int kore_hook_print(const char *format, ...);
void kore_hook_parent_timers(void);
void kore_hook_worker_born(void);
void kore_hook_worker_confine(void);
int kore_hook_shmget(key_t key, size_t size, int flags);
void *kore_hook_shmat(int id, const void *at, int flags);
int kore_hook_shmctl(int id, int command, struct shmid_ds *buffer);

#ifdef KORE_FILES
/* Kore prints to standard output, which is our request log, and may block there. */
#define printf(...) kore_hook_print(__VA_ARGS__)
#endif

#ifdef KORE_FILE_kore
/* `suyuand` has a main of its own. */
#define main kore_main
/* Kore's parent has no hook in its loop; a timer is one. */
#define kore_timer_init kore_hook_parent_timers
#endif

#ifdef KORE_FILE_worker
/* A SysV segment survives kill -9 of its owner; an anonymous mapping does not. */
#define shmget kore_hook_shmget
#define shmat  kore_hook_shmat
#define shmctl kore_hook_shmctl
/* Kore restarts a dying worker without any pause; the pause is made where it is born. */
#define kore_seccomp_traceme kore_hook_worker_born
/* PR_SET_PDEATHSIG is forgotten by setuid and forbidden by seccomp: it must go between. */
#define kore_platform_sandbox kore_hook_worker_confine
#endif

#endif
