/* Keeps the workers running and turns signals into their end. */
#include "job/crew.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "job/job_log.h"
#include "job/paper_desk.h"
#include "job/visit_counter.h"

enum {
	NICE = 10,		 /* on a machine shared with the web servers, these come first */
	PAUSE_FIRST_MS = 100,	 /* before a worker is replaced; doubled while it dies young … */
	PAUSE_LONGEST_MS = 5000, /* … up to this */
	YOUNG_MS = 10000,
	GRACE_MS = 2000, /* then those that hang are killed */
	FOR_EVER_MS = 1000000,
};

struct member {
	pid_t process;	  /* 0: none */
	bool is_finished; /* with `once`: it found nothing to do */
	uint64_t started_ms, restart_ms, pause_ms;
};

struct crew {
	const struct worker_options *options;
	unsigned count; /* the last one counts visits, the one before it looks at uploads */
	struct member members[CREW_MOST + 2];
	uint64_t deadline_ms; /* while stopping: when to kill; 0: not stopping */
	bool went_wrong;
};

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- starting --- */

_Noreturn static void become_worker(const struct crew *c, const struct member *m, pid_t parent)
{
	enum worker_result (*run[])(const struct worker_options *) = { visit_counter_run,
								       paper_desk_run };
	size_t from_end = (size_t)(&c->members[c->count - 1] - m);
	enum worker_result result;

	/* Whoever kills the parent ends the workers, each where its job can be left. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
	errno = 0;
	if (nice(NICE) == -1 && errno != 0)
		job_log("warning", "no lower priority: %s", strerror(errno));
	result = from_end < COUNT_OF(run) ? run[from_end](c->options) : worker_run(c->options);
	exit(result == WORKER_STOPPED ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void start(struct crew *c, struct member *m)
{
	pid_t parent = getpid();

	(void)fflush(NULL);
	m->started_ms = now_ms();
	m->process = fork();
	if (m->process == 0)
		become_worker(c, m, parent);
	if (m->process > 0)
		return;
	m->process = 0;
	m->restart_ms = m->started_ms + PAUSE_LONGEST_MS;
	job_log("error", "cannot fork: %s", strerror(errno));
}

/* --- ending --- */

static void plan_restart(struct member *m, int status)
{
	uint64_t now = now_ms();
	bool young = now - m->started_ms < YOUNG_MS && m->pause_ms > 0;

	m->pause_ms = young ? m->pause_ms * 2 : PAUSE_FIRST_MS;
	if (m->pause_ms > PAUSE_LONGEST_MS)
		m->pause_ms = PAUSE_LONGEST_MS;
	m->restart_ms = now + m->pause_ms;
	if (WIFSIGNALED(status))
		job_log("warning", "a worker was killed by signal %d; another starts in %u ms",
			WTERMSIG(status), (unsigned)m->pause_ms);
	else
		job_log("warning", "a worker ended with status %d; another starts in %u ms",
			WEXITSTATUS(status), (unsigned)m->pause_ms);
}

static void take_end(struct crew *c, struct member *m, int status)
{
	m->process = 0;
	if (c->deadline_ms != 0)
		return;
	if (c->options->once && WIFEXITED(status)) {
		m->is_finished = true;
		c->went_wrong = c->went_wrong || WEXITSTATUS(status) != EXIT_SUCCESS;
		return;
	}
	plan_restart(m, status);
}

static void take_ends(struct crew *c)
{
	int status;

	for (unsigned i = 0; i < c->count; i++)
		if (c->members[i].process != 0 &&
		    waitpid(c->members[i].process, &status, WNOHANG) == c->members[i].process)
			take_end(c, &c->members[i], status);
}

static void tell_all(const struct crew *c, int number)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->members[i].process != 0)
			(void)kill(c->members[i].process, number);
}

static void begin_stop(struct crew *c)
{
	if (c->deadline_ms != 0)
		return;
	c->deadline_ms = now_ms() + GRACE_MS;
	tell_all(c, SIGTERM);
}

static bool all_ended(const struct crew *c)
{
	for (unsigned i = 0; i < c->count; i++)
		if (c->members[i].process != 0 ||
		    (c->deadline_ms == 0 && !c->members[i].is_finished))
			return false;
	return true;
}

/* --- the loop --- */

/* What has to happen now, and how long nothing has to. */
static uint64_t do_due(struct crew *c)
{
	uint64_t now = now_ms(), next = now + FOR_EVER_MS;

	if (c->deadline_ms != 0) {
		if (now < c->deadline_ms)
			return c->deadline_ms - now;
		tell_all(c, SIGKILL);
		return GRACE_MS;
	}
	for (unsigned i = 0; i < c->count; i++) {
		struct member *m = &c->members[i];

		if (m->process != 0 || m->is_finished)
			continue;
		if (now >= m->restart_ms)
			start(c, m);
		else if (m->restart_ms < next)
			next = m->restart_ms;
	}
	return next - now;
}

static void wait_for_signal(struct crew *c, const sigset_t *set, uint64_t ms)
{
	const struct timespec time = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000L };
	int number = sigtimedwait(set, NULL, &time);

	if (number == SIGTERM || number == SIGINT)
		begin_stop(c);
}

bool crew_run(const struct worker_options *options, unsigned count)
{
	struct crew crew = { .options = options, .count = count + 2 };
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	while (!all_ended(&crew)) {
		uint64_t ms = do_due(&crew);

		wait_for_signal(&crew, &set, ms);
		take_ends(&crew);
	}
	return !crew.went_wrong;
}
