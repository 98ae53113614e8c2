/* Keeps the process of the operator's port running. */
#include "web/admin.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web/handover.h"
#include "web/listen.h"

enum { AGAIN_MS = 1000, SPARE_FD = 10 };

static bool find_user(struct admin *a, const struct settings *s, char *why, size_t why_size)
{
	const struct passwd *user = getpwnam(s->run_as);

	if (user == NULL) {
		(void)snprintf(why, why_size, "run_as: there is no user \"%s\"", s->run_as);
		return false;
	}
	a->user = user->pw_uid;
	a->group = user->pw_gid;
	if ((size_t)snprintf(a->root, sizeof(a->root), "%s/chroot", s->run_folder) >=
	    sizeof(a->root)) {
		(void)snprintf(why, why_size, "run_folder: path too long");
		return false;
	}
	return true;
}

bool admin_open(struct admin *a, enum program program, const struct settings *s, int memory_fd,
		bool confine, char *why, size_t why_size)
{
	bool lookup = program == PROGRAM_LOOKUP;
	uint64_t port = lookup ? s->lookup_admin_port : s->console_admin_port;
	char at[64];

	*a = (struct admin){ .program = lookup ? "lookup" : "console",
			     .listen_fd = -1,
			     .memory_fd = memory_fd };
	if (port == 0)
		return true;
	if (confine && !find_user(a, s, why, why_size))
		return false;
	a->listen_fd = handover_take("admin");
	if (a->listen_fd < 0)
		a->listen_fd = listen_on(s->admin_address, port);
	if (a->listen_fd >= 0) {
		handover_offer("admin", a->listen_fd);
		return true;
	}
	listen_print(s->admin_address, port, at, sizeof(at));
	(void)snprintf(why, why_size, "%s_admin_port: cannot bind %s: %s", a->program, at,
		       strerror(errno));
	return false;
}

void admin_forget(struct admin *a)
{
	if (a->listen_fd >= 0)
		close(a->listen_fd);
	if (a->memory_fd >= 0)
		close(a->memory_fd);
	a->listen_fd = a->memory_fd = -1;
}

/* Both descriptors to their places, wherever they are now, and open in the new program. */
static bool place_descriptors(const struct admin *a)
{
	int listener = fcntl(a->listen_fd, F_DUPFD_CLOEXEC, SPARE_FD);
	int memory = fcntl(a->memory_fd, F_DUPFD_CLOEXEC, SPARE_FD);

	return listener >= 0 && memory >= 0 && dup2(listener, ADMIN_LISTEN_FD) >= 0 &&
	       dup2(memory, ADMIN_MEMORY_FD) >= 0;
}

_Noreturn static void become_admin(const struct admin *a, pid_t supervisor)
{
	char user[24], group[24], root[PATH_MAX], program[16];
	char *const argv[] = { "suyuand", "admin", program, root, user, group, NULL };
	char *const environment[] = { NULL };
	sigset_t none;

	(void)snprintf(user, sizeof(user), "%lu", (unsigned long)a->user);
	(void)snprintf(group, sizeof(group), "%lu", (unsigned long)a->group);
	(void)snprintf(root, sizeof(root), "%s", a->root);
	(void)snprintf(program, sizeof(program), "%s", a->program);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == supervisor &&
	    place_descriptors(a))
		(void)execve("/proc/self/exe", argv, environment);
	fprintf(stderr, "suyuand %s: the admin port cannot be served: %s\n", a->program,
		strerror(errno));
	_exit(EXIT_FAILURE);
}

void admin_keep(struct admin *a, uint64_t now_ms)
{
	pid_t supervisor = getpid();

	if (a->listen_fd < 0 || a->child != 0 || now_ms < a->start_ms)
		return;
	(void)fflush(NULL);
	a->start_ms = now_ms + AGAIN_MS;
	a->child = fork();
	if (a->child == 0)
		become_admin(a, supervisor);
	if (a->child < 0)
		a->child = 0;
}

bool admin_ended(struct admin *a, uint64_t now_ms)
{
	int status;

	if (a->child == 0 || waitpid(a->child, &status, WNOHANG) != a->child)
		return false;
	a->child = 0;
	if (a->start_ms < now_ms)
		a->start_ms = now_ms;
	return true;
}

void admin_end(struct admin *a)
{
	int status;

	if (a->child != 0 && kill(a->child, SIGKILL) == 0)
		(void)waitpid(a->child, &status, 0);
	a->child = 0;
}

void admin_stop(struct admin *a)
{
	admin_end(a);
	admin_forget(a);
}
