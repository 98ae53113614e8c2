/* Kore's list of system calls, and what glibc 2.36, libpq and hiredis need beyond it. */
#include "web/sandbox.h"

#include <errno.h>
#include <kore/kore.h>
#include <kore/hooks.h>
#include <kore/seccomp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#pragma GCC diagnostic ignored "-Wconversion" /* in Kore's macros */

/* A thread as glibc makes it, which this filter binds like the others; never a process. */
#define THREAD                                                                              \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND | CLONE_THREAD | \
	 CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

static struct sock_filter filter[] = {
	/* Connections of ours, and to PostgreSQL and Redis. Never a name: that would ask DNS. */
	KORE_SYSCALL_ALLOW(accept4),
	KORE_SYSCALL_ALLOW(shutdown),
	KORE_SYSCALL_ALLOW(connect),
	KORE_SYSCALL_ALLOW_ARG(socket, 0, AF_UNIX),
	KORE_SYSCALL_ALLOW_ARG(socket, 0, AF_INET),
	KORE_SYSCALL_ALLOW_ARG(socket, 0, AF_INET6),
	KORE_SYSCALL_DENY(socket, EAFNOSUPPORT),
	KORE_SYSCALL_ALLOW_ARG(socketpair, 0, AF_UNIX),
	KORE_SYSCALL_ALLOW(getsockopt),
	KORE_SYSCALL_ALLOW(getsockname),
	KORE_SYSCALL_ALLOW(getpeername),
	KORE_SYSCALL_ALLOW(sendmsg),
	KORE_SYSCALL_ALLOW(recvmsg),
	KORE_SYSCALL_ALLOW(sendmmsg),
	KORE_SYSCALL_ALLOW_ARG(ioctl, 1, SIOCOUTQ), /* the only one; Kore denies the others */
	/* libpq looks for its password and service files, OpenSSL for its configuration. */
	KORE_SYSCALL_ALLOW(newfstatat),
	KORE_SYSCALL_ALLOW(getdents64),
	KORE_SYSCALL_ALLOW(pread64),
	KORE_SYSCALL_ALLOW(uname),
	/* Memory, identity and signals of the process itself. */
	KORE_SYSCALL_ALLOW(mremap),
	KORE_SYSCALL_ALLOW(getppid),
	KORE_SYSCALL_ALLOW(gettid),
	KORE_SYSCALL_ALLOW(tgkill),
	KORE_SYSCALL_ALLOW(rseq),
	/* The one thread of web/thread.h. */
	KORE_SYSCALL_ALLOW_ARG(clone, 0, THREAD),
	KORE_SYSCALL_ALLOW(set_robust_list),
	KORE_SYSCALL_ALLOW(sched_yield),
	/* No clone3 and no limits: glibc takes "no" for an answer. */
	KORE_SYSCALL_DENY(clone3, ENOSYS),
	KORE_SYSCALL_DENY(sched_getaffinity, EPERM),
	KORE_SYSCALL_DENY(prlimit64, EPERM),
};

/* Found by Kore by its name. */
void kore_seccomp_hook(void)
{
	(void)kore_seccomp_filter("suyuan", filter, KORE_FILTER_LEN(filter));
}

void sandbox_enter(void)
{
	kore_seccomp_enable();
}
