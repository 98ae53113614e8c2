/* Answers on the operator's port: one thread, a few short connections, nothing to wait for. */
#include <errno.h>
#include <grp.h>
#include <kore/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "web/admin.h"
#include "web/admin_metrics.h"
#include "web/loop.h"

enum {
	CLIENTS = 32,
	HEAD_MOST = 4096,
	CLIENT_MS = 5000,      /* from coming to going */
	FAREWELL_MS = 500,     /* for the client to read and close */
	ANSWER_MOST = 4 << 20, /* far above 128 routes of 23 lines */
	LOOK_MS = 1000,	       /* for the parent, should the kernel not tell */
};

enum client_phase { CLIENT_READS, CLIENT_IS_ANSWERED, CLIENT_IS_LEAVING };

struct client {
	int fd; /* -1: a free place */
	enum client_phase phase;
	uint64_t deadline_ms;
	size_t length;
	char head[HEAD_MOST];
	struct buf answer;
	size_t sent;
};

static struct client clients[CLIENTS];
static enum program program;

/* --- answers --------------------------------------------------------------------------------- */

static void add_answer(struct client *c, int status, const char *type, const struct buf *body,
		       bool with_body)
{
	const char *words = status == 200   ? "OK"
			    : status == 503 ? "Service Unavailable"
			    : status == 404 ? "Not Found"
			    : status == 405 ? "Method Not Allowed"
					    : "Bad Request";

	buf_add_format(&c->answer,
		       "HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\n"
		       "cache-control: no-store\r\nx-content-type-options: nosniff\r\n%s"
		       "connection: close\r\n\r\n",
		       status, words, type, body->length,
		       status == 405 ? "allow: GET, HEAD\r\n" : "");
	if (with_body)
		buf_add(&c->answer, body->data, body->length);
	c->phase = CLIENT_IS_ANSWERED;
}

static void answer_plainly(struct client *c, int status, const char *text, bool with_body)
{
	struct buf body;

	buf_init(&body, ANSWER_MOST);
	buf_add_string(&body, text);
	add_answer(c, status, "text/plain; charset=utf-8", &body, with_body);
	buf_release(&body);
}

static int64_t now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

/* False: there is nothing at that address. */
static bool write_body(struct slice path, int *ret_status, const char **ret_type, struct buf *body)
{
	struct health h;

	health_read(program, loop_now_ms(), &h);
	*ret_status = 200;
	*ret_type = "application/json";
	if (slice_equal(path, slice_of("/metrics"))) {
		*ret_type = ADMIN_METRICS_TYPE;
		admin_metrics_print(&h, body);
	} else if (slice_equal(path, slice_of("/healthz"))) {
		*ret_status = h.healthy ? 200 : 503;
		health_print(&h, body);
	} else if (slice_equal(path, slice_of("/readyz"))) {
		*ret_status = h.ready ? 200 : 503;
		health_print_ready(&h, now_seconds(), body);
	} else {
		return false;
	}
	return true;
}

static void answer_path(struct client *c, struct slice path, bool with_body)
{
	struct buf body;
	const char *type;
	int status;

	buf_init(&body, ANSWER_MOST);
	if (!write_body(path, &status, &type, &body))
		answer_plainly(c, 404, "There are /metrics, /healthz and /readyz.\n", with_body);
	else if (!buf_ok(&body))
		answer_plainly(c, 503, "Out of memory.\n", with_body);
	else
		add_answer(c, status, type, &body, with_body);
	buf_release(&body);
}

static struct slice take_word(struct slice *rest)
{
	struct slice word = { NULL, 0 };

	(void)slice_cut(rest, ' ', &word);
	return word;
}

static void answer_head(struct client *c)
{
	struct slice rest = { c->head, strcspn(c->head, "\r\n") };
	struct slice method = take_word(&rest), path = take_word(&rest), version = take_word(&rest);
	bool is_get = slice_equal(method, slice_of("GET"));

	path.length = slice_find(path, '?');
	if (rest.length > 0 || version.length != 8 || memcmp(version.data, "HTTP/1.", 7) != 0)
		answer_plainly(c, 400, "This is not a request of HTTP/1.\n", true);
	else if (is_get || slice_equal(method, slice_of("HEAD")))
		answer_path(c, path, is_get);
	else
		answer_plainly(c, 405, "Only GET and HEAD.\n", true);
}

/* --- connections ----------------------------------------------------------------------------- */

static void drop(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	buf_release(&c->answer);
	c->fd = -1;
}

static void take_in(int listener)
{
	unsigned i = 0;
	int fd;

	while (i < CLIENTS && clients[i].fd >= 0)
		i++;
	if (i == CLIENTS)
		return;
	fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	clients[i].fd = fd;
	clients[i].phase = CLIENT_READS;
	clients[i].deadline_ms = loop_now_ms() + CLIENT_MS;
	clients[i].length = clients[i].sent = 0;
	buf_init(&clients[i].answer, ANSWER_MOST + HEAD_MOST);
}

static void send_some(struct client *c)
{
	ssize_t sent =
	    send(c->fd, c->answer.data + c->sent, c->answer.length - c->sent, MSG_NOSIGNAL);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (sent < 0) {
		drop(c);
		return;
	}
	c->sent += (size_t)sent;
	if (c->sent < c->answer.length)
		return;
	/* Closing with something unread would take the answer back by a reset. */
	(void)shutdown(c->fd, SHUT_WR);
	c->phase = CLIENT_IS_LEAVING;
	c->deadline_ms = loop_now_ms() + FAREWELL_MS;
}

static void answer(struct client *c)
{
	answer_head(c);
	if (!buf_ok(&c->answer))
		drop(c);
	else
		send_some(c);
}

static bool head_is_complete(const struct client *c)
{
	return strstr(c->head, "\r\n\r\n") != NULL || strstr(c->head, "\n\n") != NULL;
}

static void read_some(struct client *c)
{
	ssize_t got = recv(c->fd, c->head + c->length, sizeof(c->head) - 1 - c->length, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		drop(c);
		return;
	}
	c->length += (size_t)got;
	c->head[c->length] = '\0';
	if (head_is_complete(c)) {
		answer(c);
	} else if (c->length == sizeof(c->head) - 1) {
		answer_plainly(c, 400, "The head of the request is too long.\n", true);
		send_some(c);
	}
}

/* Reads what nobody wants until the client has closed. */
static void wait_for_end(struct client *c)
{
	ssize_t got = recv(c->fd, c->head, sizeof(c->head), 0);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		drop(c);
}

static void step(struct client *c)
{
	switch (c->phase) {
	case CLIENT_READS:
		read_some(c);
		break;
	case CLIENT_IS_ANSWERED:
		send_some(c);
		break;
	case CLIENT_IS_LEAVING:
		wait_for_end(c);
		break;
	}
}

static bool any_place_free(void)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (clients[i].fd < 0)
			return true;
	return false;
}

static void turn(void)
{
	struct pollfd polled[CLIENTS + 1];
	uint64_t now;

	for (unsigned i = 0; i < CLIENTS; i++)
		polled[i] = (struct pollfd){
			.fd = clients[i].fd,
			.events = clients[i].phase == CLIENT_IS_ANSWERED ? POLLOUT : POLLIN,
		};
	/* Without a free place newcomers wait in the kernel's queue. */
	polled[CLIENTS] =
	    (struct pollfd){ .fd = any_place_free() ? ADMIN_LISTEN_FD : -1, .events = POLLIN };
	if (poll(polled, COUNT_OF(polled), LOOK_MS) < 0)
		return;
	now = loop_now_ms();
	for (unsigned i = 0; i < CLIENTS; i++) {
		if (clients[i].fd >= 0 && polled[i].revents != 0)
			step(&clients[i]);
		if (clients[i].fd >= 0 && now > clients[i].deadline_ms)
			drop(&clients[i]);
	}
	if (polled[CLIENTS].revents != 0)
		take_in(ADMIN_LISTEN_FD);
}

/* --- the process ----------------------------------------------------------------------------- */

static bool become(const char *root, uid_t user, gid_t group)
{
	if (root[0] == '\0')
		return true;
	return chroot(root) == 0 && chdir("/") == 0 && setgroups(0, NULL) == 0 &&
	       setresgid(group, group, group) == 0 && setresuid(user, user, user) == 0;
}

#ifdef __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#else
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" /* in Kore's macros */

/* What it calls, and what malloc and the dying do; everything else ends it. */
static const struct sock_filter filter[] = {
	KORE_BPF_LOAD(arch, 0),
	KORE_BPF_CMP(MACHINE, 1, 0),
	KORE_BPF_RET(SECCOMP_RET_KILL_PROCESS),
	KORE_BPF_LOAD(nr, 0),
#ifdef SYS_poll
	KORE_SYSCALL_ALLOW(poll),
#endif
	KORE_SYSCALL_ALLOW(ppoll),
	KORE_SYSCALL_ALLOW(accept4),
	KORE_SYSCALL_ALLOW(recvfrom),
	KORE_SYSCALL_ALLOW(sendto),
	KORE_SYSCALL_ALLOW(shutdown),
	KORE_SYSCALL_ALLOW(close),
	KORE_SYSCALL_ALLOW(getppid),
	KORE_SYSCALL_ALLOW(clock_gettime),
	KORE_SYSCALL_ALLOW(restart_syscall),
	KORE_SYSCALL_ALLOW(brk),
	KORE_SYSCALL_ALLOW(mmap),
	KORE_SYSCALL_ALLOW(munmap),
	KORE_SYSCALL_ALLOW(mremap),
	KORE_SYSCALL_ALLOW(madvise),
	KORE_SYSCALL_ALLOW(write),
	KORE_SYSCALL_ALLOW(rt_sigreturn),
	KORE_SYSCALL_ALLOW(exit_group),
	KORE_BPF_RET(SECCOMP_RET_KILL_PROCESS),
};
#pragma GCC diagnostic pop

static bool enter_sandbox(void)
{
	const struct rlimit no_files = { ADMIN_MEMORY_FD + CLIENTS + 4,
					 ADMIN_MEMORY_FD + CLIENTS + 4 };
	const struct sock_fprog code = { COUNT_OF(filter),
					 (struct sock_filter *)(uintptr_t)filter };

	if (setrlimit(RLIMIT_NOFILE, &no_files) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return false;
#ifdef __SANITIZE_ADDRESS__ /* the sanitizers make calls of their own */
	return code.len > 0;
#else
	return prctl(PR_SET_DUMPABLE, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &code) == 0;
#endif
}

/* The kernel forgets whom to die with when the user changes. */
static bool tie_to_parent(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent;
}

int admin_main(int argc, char **argv)
{
	pid_t parent = getppid();

	if (argc != ADMIN_ARGUMENTS || !metrics_attach(ADMIN_MEMORY_FD)) {
		fprintf(stderr, "suyuand admin: is started by suyuand itself\n");
		return EXIT_FAILURE;
	}
	close(ADMIN_MEMORY_FD);
	program = strcmp(argv[0], "lookup") == 0 ? PROGRAM_LOOKUP : PROGRAM_CONSOLE;
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
	/* A terminal's ^C is the supervisor's to follow. */
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	if (!become(argv[1], (uid_t)strtoul(argv[2], NULL, 10),
		    (gid_t)strtoul(argv[3], NULL, 10)) ||
	    !tie_to_parent(parent) || !enter_sandbox()) {
		fprintf(stderr, "suyuand admin: cannot give up its rights: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	while (getppid() == parent)
		turn();
	return EXIT_SUCCESS;
}
