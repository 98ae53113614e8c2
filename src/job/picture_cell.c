/* Forks, confines the child, and reads its answer from a pipe. */
#include "job/picture_cell.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	PICTURE_MOST = 16 << 20, /* bytes of a small JPEG */
	SPARE_SECONDS = 5,	 /* of the processor, beyond the picture's own limit */
	WAIT_TIMES = 4,		 /* as long by the clock, on a busy machine */
};

/* What the child says before the picture's bytes. */
struct cell_answer {
	enum picture_result result;
	unsigned width, height;
	size_t length;
};

/* --- confinement -------------------------------------------------------------------------------
 */

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "say which architecture this is"
#endif

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define ALLOW(call)  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), ANSWER(SECCOMP_RET_ALLOW)
/* Its third argument asks for no memory that programs can run from. */
#define ALLOW_WITHOUT_EXEC(call)                                                              \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 4), LOAD(args[2]),                     \
	    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0), ANSWER(SECCOMP_RET_ALLOW), \
	    ANSWER(SECCOMP_RET_ERRNO | EPERM)

static const struct sock_filter rules[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCHITECTURE, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	ALLOW(SYS_write),
	ALLOW(SYS_brk),
	ALLOW(SYS_munmap),
	ALLOW(SYS_mremap),
	ALLOW(SYS_madvise),
	ALLOW(SYS_futex),
	ALLOW(SYS_clock_gettime),
	ALLOW(SYS_rt_sigreturn),
	ALLOW(SYS_sigaltstack), /* the sanitizers, as they end */
	ALLOW(SYS_exit),
	ALLOW(SYS_exit_group),
	ALLOW_WITHOUT_EXEC(SYS_mmap),
	ALLOW_WITHOUT_EXEC(SYS_mprotect),
	ANSWER(SECCOMP_RET_ERRNO | EPERM),
};

bool picture_cell_confine(void)
{
	struct sock_fprog program = { .len = COUNT_OF(rules),
				      .filter = (struct sock_filter *)(uintptr_t)rules };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* --- the child ---------------------------------------------------------------------------------
 */

static bool write_all(int fd, const void *data, size_t length)
{
	const char *at = data;

	while (length > 0) {
		ssize_t wrote = write(fd, at, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		at += wrote;
		length -= (size_t)wrote;
	}
	return true;
}

static bool limit(int what, rlim_t most)
{
	const struct rlimit l = { most, most };

	return setrlimit((__rlimit_resource_t)what, &l) == 0;
}

/* Nothing stays open but the pipe. */
static bool prepare(int pipe, pid_t parent, const struct picture_limits *limits)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		return false;
	return (pipe == 0 || close_range(0, (unsigned)pipe - 1, 0) == 0) &&
	       close_range((unsigned)pipe + 1, ~0u, 0) == 0 && limit(RLIMIT_CORE, 0) &&
	       limit(RLIMIT_CPU, limits->ms / 1000 + SPARE_SECONDS) && picture_cell_confine();
}

_Noreturn static void work(int pipe, struct slice file, const struct picture_wish *wish,
			   const struct picture_limits *limits)
{
	struct picture p = { .bytes = NULL };
	struct cell_answer answer = { .result = picture_shrink(file, wish, limits, &p) };
	bool said;

	answer.width = p.width;
	answer.height = p.height;
	answer.length = p.length;
	said = write_all(pipe, &answer, sizeof(answer)) && write_all(pipe, p.bytes, p.length);
	_exit(said ? 0 : 1);
}

/* --- the parent --------------------------------------------------------------------------------
 */

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* A child that was led astray may also wait for ever, which costs it no time of the processor. */
static bool says_more(int fd, uint64_t until_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t now = now_ms();

	return now < until_ms && poll(&p, 1, (int)(until_ms - now)) != 0;
}

static bool read_all(int fd, void *to, size_t length, uint64_t until_ms)
{
	char *at = to;

	while (length > 0) {
		ssize_t got = says_more(fd, until_ms) ? read(fd, at, length) : 0;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		length -= (size_t)got;
	}
	return true;
}

/* What the child says is believed no more than the picture it read. */
static enum picture_result read_answer(int pipe, const struct picture_wish *wish, uint64_t until_ms,
				       struct picture *ret_picture)
{
	struct cell_answer a;
	unsigned char *bytes;

	if (!read_all(pipe, &a, sizeof(a), until_ms) || a.result > PICTURE_OUT_OF_MEMORY)
		return PICTURE_BROKEN;
	if (a.result != PICTURE_OK)
		return a.result;
	if (a.width == 0 || a.width > wish->side || a.height == 0 || a.height > wish->side ||
	    a.length < 3 || a.length > PICTURE_MOST)
		return PICTURE_BROKEN;
	bytes = malloc(a.length);
	if (bytes == NULL)
		return PICTURE_OUT_OF_MEMORY;
	if (!read_all(pipe, bytes, a.length, until_ms) || memcmp(bytes, "\xff\xd8\xff", 3) != 0) {
		free(bytes);
		return PICTURE_BROKEN;
	}
	*ret_picture = (struct picture){
		.width = a.width, .height = a.height, .bytes = bytes, .length = a.length
	};
	return PICTURE_OK;
}

enum picture_result picture_shrink_apart(struct slice file, const struct picture_wish *wish,
					 const struct picture_limits *limits,
					 struct picture *ret_picture)
{
	uint64_t until_ms;
	enum picture_result result;
	const pid_t parent = getpid();
	int ends[2];
	pid_t child;

	if (pipe(ends) != 0)
		return PICTURE_OUT_OF_MEMORY;
	child = fork();
	if (child == 0) {
		if (!prepare(ends[1], parent, limits))
			_exit(1);
		work(ends[1], file, wish, limits);
	}
	(void)close(ends[1]);
	until_ms = now_ms() + (uint64_t)limits->ms * WAIT_TIMES + SPARE_SECONDS * 1000;
	result =
	    child < 0 ? PICTURE_OUT_OF_MEMORY : read_answer(ends[0], wish, until_ms, ret_picture);
	(void)close(ends[0]);
	if (child > 0) {
		(void)kill(child, SIGKILL); /* one that said nonsense may be alive */
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
	}
	return result;
}
