/* Hands listening sockets and children to the program that takes this one's place. */
#include "web/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/slice.h"

/* NAME=FD and =PID, with blanks between. */
#define VARIABLE "SUYUAND_HANDOVER"

struct offer {
	char name[16];
	int fd;
};

static struct {
	char path[PATH_MAX]; /* of the program, while it still was there */
	struct offer given[HANDOVER_MOST], ours[HANDOVER_MOST];
	size_t given_count, ours_count;
	pid_t children[HANDOVER_MOST];
	size_t child_count;
} handover;

/* --- what was handed over -------------------------------------------------------------------- */

static bool listens(int fd)
{
	int on = 0;
	socklen_t length = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &length) == 0 && on != 0;
}

static void take_socket(struct slice name, int fd)
{
	struct offer *o = &handover.given[handover.given_count];

	if (handover.given_count == HANDOVER_MOST || name.length >= sizeof(o->name) ||
	    !listens(fd) || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
		return;
	*o = (struct offer){ .fd = fd };
	memcpy(o->name, name.data, name.length);
	handover.given_count++;
}

static void take_word(struct slice word)
{
	struct slice name;
	uint64_t number;

	if (!slice_cut(&word, '=', &name) || !slice_to_u64(word, &number) || number > INT_MAX)
		return;
	if (name.length > 0)
		take_socket(name, (int)number);
	else if (handover.child_count < HANDOVER_MOST)
		handover.children[handover.child_count++] = (pid_t)number;
}

void handover_begin(void)
{
	struct slice rest = slice_of(getenv(VARIABLE)), word;
	ssize_t length = readlink("/proc/self/exe", handover.path, sizeof(handover.path) - 1);

	handover.path[length < 0 ? 0 : length] = '\0';
	while (slice_cut(&rest, ' ', &word))
		take_word(word);
	(void)unsetenv(VARIABLE);
}

int handover_take(const char *name)
{
	for (size_t i = 0; i < handover.given_count; i++) {
		int fd = handover.given[i].fd;

		if (fd < 0 || strcmp(handover.given[i].name, name) != 0)
			continue;
		handover.given[i].fd = -1;
		return fd;
	}
	return -1;
}

void handover_drop_rest(void)
{
	for (size_t i = 0; i < handover.given_count; i++)
		if (handover.given[i].fd >= 0)
			(void)close(handover.given[i].fd);
}

size_t handover_children(pid_t ret_children[HANDOVER_MOST])
{
	memcpy(ret_children, handover.children, sizeof(handover.children));
	return handover.child_count;
}

/* --- handing over ---------------------------------------------------------------------------- */

void handover_offer(const char *name, int fd)
{
	struct offer *o = &handover.ours[handover.ours_count];

	if (handover.ours_count == HANDOVER_MOST || strlen(name) >= sizeof(o->name))
		abort();
	*o = (struct offer){ .fd = fd };
	memcpy(o->name, name, strlen(name));
	handover.ours_count++;
}

enum { WORDS_MOST = 32 };

static void run_check(char *const argv[])
{
	char check[] = "--check", *words[WORDS_MOST + 2];
	sigset_t none;
	size_t count = 0;

	for (; argv[count] != NULL && count < WORDS_MOST; count++)
		words[count] = argv[count];
	words[count++] = check;
	words[count] = NULL;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execv(handover.path, words);
	_exit(127);
}

pid_t handover_try(char *const argv[])
{
	pid_t child = fork();

	if (child == 0)
		run_check(argv);
	return child < 0 ? 0 : child;
}

static void keep_over_exec(bool keep)
{
	for (size_t i = 0; i < handover.ours_count; i++)
		(void)fcntl(handover.ours[i].fd, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

void handover_become(char *const argv[], const pid_t children[], size_t count)
{
	char text[1024];
	size_t at = 0;
	int error;

	for (size_t i = 0; i < handover.ours_count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s=%d ",
				       handover.ours[i].name, handover.ours[i].fd);
	for (size_t i = 0; i < count && i < HANDOVER_MOST; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "=%d ", (int)children[i]);
	text[at] = '\0';
	if (setenv(VARIABLE, text, 1) != 0)
		return;
	keep_over_exec(true);
	(void)execv(handover.path, argv);
	error = errno;
	keep_over_exec(false);
	(void)unsetenv(VARIABLE);
	errno = error;
}
