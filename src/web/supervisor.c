/* Starts Kore's parent, keeps it running, and turns signals into orders. */
#include "web/supervisor.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web/admin.h"
#include "web/app.h"
#include "web/health.h"
#include "web/handover.h"
#include "web/identity.h"
#include "web/kore_config.h"
#include "web/listen.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/orders.h"
#include "web/request_log.h"

enum {
	PAUSE_FIRST_MS = 100, /* before Kore's parent is replaced; doubled while it dies young … */
	PAUSE_LONGEST_MS = 5000, /* … up to this */
	YOUNG_MS = 10000,
	FORCE_MS = 3000, /* after the drain's end, before everything is killed */
	FOR_EVER_MS = 1000000,
	CHECK_MS = 30000, /* for the check of a program that is to take over */
	LOOK_MS = 50,	  /* how often to look whether it serves */
	LONG_MS = 10000,  /* to load what is answered from */
};

struct supervisor {
	enum program program;
	const char *name;
	const struct settings *settings;
	char **argv;
	int listen_fd;
	int memory_fd; /* of the shared numbers */
	struct kore_config config;
	struct admin admin;
	pid_t child;	      /* 0: none */
	uint64_t started_ms;  /* when the child was */
	uint64_t restart_ms;  /* when the next one shall be */
	uint64_t pause_ms;    /* the last pause before that */
	uint64_t notice_ms;   /* told to stop: when to begin with it; 0: not told */
	uint64_t deadline_ms; /* while stopping: when to kill; 0: not stopping */
	/* Kore's parents of the programs this one took over from (web/handover.h). */
	pid_t older[HANDOVER_MOST];
	size_t older_count;
	uint64_t older_ms; /* when to kill those that still finish; 0: they were not told yet */
	pid_t check;	   /* of a program that is to take over; 0: none */
	uint64_t check_ms; /* when to kill it */
	uint64_t told_ms;  /* when to say that taking over takes long; 0: was said */
};

PRINTF(2, 3)
static void say(const struct supervisor *v, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fprintf(stderr, "suyuand %s: %s\n", v->name, text);
}

/* --- before the first start ---------------------------------------------------------------- */

static bool open_socket(struct supervisor *v)
{
	bool lookup = v->program == PROGRAM_LOOKUP;
	const char *address = lookup ? v->settings->lookup_address : v->settings->console_address;
	uint64_t port = lookup ? v->settings->lookup_port : v->settings->console_port;
	char at[64];

	listen_print(address, port, at, sizeof(at));
	v->listen_fd = handover_take("clients");
	if (v->listen_fd < 0)
		v->listen_fd = listen_on(address, port);
	if (v->listen_fd < 0) {
		say(v, "cannot bind %s: %s", at, strerror(errno));
		return false;
	}
	handover_offer("clients", v->listen_fd);
	say(v, "https://%s/", at);
	return true;
}

static bool prepare(struct supervisor *v)
{
	char why[1024];

	if (!orders_open() || !metrics_open(&v->memory_fd)) {
		say(v, "no shared memory: %s", strerror(errno));
		return false;
	}
	metrics_use(METRIC_SUPERVISOR);
	metric_set(METRIC_PID, (uint64_t)getpid());
	metric_set(METRIC_BORN_MS, loop_now_ms());
	if (identity_publish(v->settings, why, sizeof(why)) &&
	    kore_config_write(v->name, v->settings, &v->config, why, sizeof(why)) &&
	    app_prepare(v->program, v->settings, why, sizeof(why)))
		return true;
	say(v, "%s", why);
	return false;
}

static bool open_sockets(struct supervisor *v)
{
	char why[1024];

	if (!open_socket(v))
		return false;
	if (!admin_open(&v->admin, v->program, v->settings, v->memory_fd, v->config.confine, why,
			sizeof(why))) {
		say(v, "%s", why);
		return false;
	}
	handover_drop_rest(); /* of a port that is wanted no more */
	return true;
}

/* --- Kore's parent ------------------------------------------------------------------------- */

static void signals_of_interest(sigset_t *set)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGCHLD };

	sigemptyset(set);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		sigaddset(set, signals[i]);
}

_Noreturn static void become_kore(struct supervisor *v, pid_t supervisor)
{
	const struct app_start start = {
		.listen_fd = v->listen_fd,
		.kore_config = v->config.path,
		.confine = v->config.confine,
		.argv = v->argv,
	};
	sigset_t none;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != supervisor)
		_exit(EXIT_FAILURE);
	app_ignore_signals();
	orders_expect_successor();
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	admin_forget(&v->admin);
	metrics_use(METRIC_PARENT);
	if (!orders_attach()) {
		say(v, "no shared memory: %s", strerror(errno));
		_exit(EXIT_FAILURE);
	}
	exit(app_run(&start));
}

static void start_child(struct supervisor *v)
{
	pid_t supervisor = getpid();

	(void)fflush(NULL);
	v->started_ms = loop_now_ms();
	v->child = fork();
	if (v->child == 0)
		become_kore(v, supervisor);
	if (v->child < 0) {
		v->child = 0;
		say(v, "cannot fork: %s", strerror(errno));
		v->restart_ms = v->started_ms + PAUSE_LONGEST_MS;
	}
}

static void describe_end(int status, char *room, size_t size)
{
	if (WIFSIGNALED(status))
		(void)snprintf(room, size, "killed by signal %d", WTERMSIG(status));
	else
		(void)snprintf(room, size, "ended with status %d", WEXITSTATUS(status));
}

static void plan_restart(struct supervisor *v, int status)
{
	uint64_t now = loop_now_ms();
	char how[64];

	if (now - v->started_ms < YOUNG_MS && v->pause_ms > 0)
		v->pause_ms =
		    v->pause_ms * 2 < PAUSE_LONGEST_MS ? v->pause_ms * 2 : PAUSE_LONGEST_MS;
	else
		v->pause_ms = PAUSE_FIRST_MS;
	v->restart_ms = now + v->pause_ms;
	metric_add(METRIC_SERVER_RESTARTS, 1);
	describe_end(status, how, sizeof(how));
	say(v, "the server %s; starting it again in %u ms", how, (unsigned)v->pause_ms);
}

/* --- taking over, see web/handover.h ------------------------------------------------------- */

/* Those that this program took over from finish what is under way; again is harmless. */
static void finish_older(struct supervisor *v)
{
	orders_set_beside(false);
	for (size_t i = 0; i < v->older_count; i++)
		(void)kill(v->older[i], SIGUSR2);
	v->older_ms = loop_now_ms() + v->settings->drain_seconds * 1000 + FORCE_MS;
}

static void take_over(struct supervisor *v)
{
	v->older_count = handover_children(v->older);
	orders_set_beside(v->older_count > 0);
	v->told_ms = loop_now_ms() + LONG_MS;
}

static void begin_check(struct supervisor *v)
{
	if (v->notice_ms != 0 || v->check != 0)
		return;
	if (v->older_ms == 0 && v->older_count > 0) {
		say(v, "still taking over: not again yet");
		return;
	}
	if (v->older_count + 1 > HANDOVER_MOST) {
		say(v, "%u older servers still finish: no other takes over yet",
		    (unsigned)v->older_count);
		return;
	}
	v->check = handover_try(v->argv);
	v->check_ms = loop_now_ms() + CHECK_MS;
	if (v->check == 0)
		say(v, "cannot fork: %s", strerror(errno));
}

static void check_ended(struct supervisor *v, int status)
{
	pid_t children[HANDOVER_MOST];
	size_t count = 0;

	v->check = 0;
	if (v->notice_ms != 0)
		return;
	if (status != 0) {
		say(v, "what is to take over is not good: going on as before");
		return;
	}
	say(v, "a new start takes over");
	if (v->child != 0)
		children[count++] = v->child;
	for (size_t i = 0; i < v->older_count && count < HANDOVER_MOST; i++)
		children[count++] = v->older[i];
	admin_end(&v->admin);
	handover_become(v->argv, children, count);
	say(v, "it cannot take over: %s", strerror(errno));
}

static void older_ended(struct supervisor *v, size_t at)
{
	v->older[at] = v->older[--v->older_count];
	if (v->older_count == 0)
		finish_older(v); /* whoever waits is let in */
}

/* The time of the next look at those who go and those who come. */
static uint64_t watch_handover(struct supervisor *v, uint64_t now)
{
	if (v->check != 0 && now >= v->check_ms) {
		(void)kill(v->check, SIGKILL);
		v->check_ms = now + CHECK_MS;
	}
	if (v->older_count > 0 && v->older_ms == 0 &&
	    orders_reports()->loaded >= v->config.workers) {
		say(v, "serving; the older server finishes");
		finish_older(v);
	}
	if (v->older_count > 0 && v->older_ms == 0 && v->told_ms != 0 && now >= v->told_ms) {
		say(v, "not everything is loaded yet: the older server goes on");
		v->told_ms = 0;
	}
	for (size_t i = 0; i < v->older_count && v->older_ms != 0 && now >= v->older_ms; i++)
		(void)kill(v->older[i], SIGKILL);
	return v->check != 0 || v->older_count > 0 ? now + LOOK_MS : now + FOR_EVER_MS;
}

/* --- the loop ------------------------------------------------------------------------------ */

/* The first word to stop: a balancer learns it by /readyz; the second one means at once. */
static void announce_stop(struct supervisor *v)
{
	uint64_t now = loop_now_ms();

	metric_set(METRIC_DRAINING, 1);
	v->notice_ms = v->notice_ms == 0 ? now + v->settings->drain_notice_seconds * 1000 : now;
}

static void begin_stop(struct supervisor *v)
{
	if (v->deadline_ms != 0)
		return;
	orders_drain();
	finish_older(v);
	close(v->listen_fd);
	v->deadline_ms = loop_now_ms() + v->settings->drain_seconds * 1000 + FORCE_MS;
}

static void reload(const struct supervisor *v)
{
	char why[1024];

	if (identity_publish(v->settings, why, sizeof(why)))
		say(v, "certificate and key read again");
	else
		say(v, "certificate and key stay as they are: %s", why);
}

static uint64_t sooner(uint64_t at_ms, uint64_t now_ms)
{
	uint64_t ms = at_ms > now_ms ? at_ms - now_ms : 0;

	return ms < HEALTH_BEAT_MS ? ms : HEALTH_BEAT_MS;
}

/* What has to happen now, and how long nothing has to. */
static uint64_t do_due(struct supervisor *v)
{
	uint64_t now = loop_now_ms(), next = watch_handover(v, now);

	metric_set(METRIC_BEAT_MS, now);
	if (v->notice_ms != 0 && now >= v->notice_ms)
		begin_stop(v);
	if (v->deadline_ms != 0 && now >= v->deadline_ms && v->child != 0) {
		say(v, "did not end in time: killed");
		(void)kill(v->child, SIGKILL);
		v->deadline_ms = now + FORCE_MS;
	}
	if (v->deadline_ms == 0 && v->child == 0 && now >= v->restart_ms)
		start_child(v);
	admin_keep(&v->admin, now);
	if (v->deadline_ms != 0 && v->deadline_ms < next)
		next = v->deadline_ms;
	else if (v->deadline_ms == 0 && v->child == 0 && v->restart_ms < next)
		next = v->restart_ms;
	if (v->notice_ms != 0 && v->deadline_ms == 0 && v->notice_ms < next)
		next = v->notice_ms;
	return sooner(next, now);
}

/* True when the program shall end with *ret_status. */
static bool child_ended(struct supervisor *v, int status, int *ret_status)
{
	v->child = 0;
	if (v->deadline_ms != 0) {
		*ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
		return false;
	}
	if (orders_reports()->ready == 0 && v->older_count == 0) {
		say(v, "the server could not start");
		*ret_status = EXIT_FAILURE;
		return true;
	}
	plan_restart(v, status);
	return false;
}

static bool has_ended(pid_t pid, int *ret_status)
{
	return pid != 0 && waitpid(pid, ret_status, WNOHANG) == pid;
}

/* As child_ended(), for everybody below. */
static bool bury(struct supervisor *v, int *ret_status)
{
	int status;

	if (has_ended(v->check, &status))
		check_ended(v, status);
	if (has_ended(v->child, &status) && child_ended(v, status, ret_status))
		return true;
	for (size_t i = v->older_count; i-- > 0;)
		if (has_ended(v->older[i], &status))
			older_ended(v, i);
	return v->deadline_ms != 0 && v->child == 0 && v->older_count == 0;
}

static int run(struct supervisor *v)
{
	sigset_t set;
	int status = EXIT_SUCCESS;

	/* What is ignored stays so in every program that is begun, from its first moment on. */
	(void)signal(SIGHUP, SIG_IGN);
	signals_of_interest(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	for (;;) {
		uint64_t ms = do_due(v);
		const struct timespec wait = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000L };
		int signal = sigtimedwait(&set, NULL, &wait);

		if (signal == SIGTERM || signal == SIGINT)
			announce_stop(v);
		if (signal == SIGUSR1)
			reload(v);
		if (signal == SIGUSR2)
			begin_check(v);
		if (admin_ended(&v->admin, loop_now_ms()))
			say(v, "the process of the admin port ended; starting it again");
		if (bury(v, &status))
			return status;
	}
}

bool supervise_check(enum program program, const struct settings *s, char *why, size_t why_size)
{
	if (getuid() == 0 && s->run_as[0] != '\0' && getpwnam(s->run_as) == NULL) {
		(void)snprintf(why, why_size, "run_as: there is no user \"%s\"", s->run_as);
		return false;
	}
	return identity_check(s, why, why_size) && app_prepare(program, s, why, why_size);
}

int supervise(enum program program, const struct settings *s, char **argv)
{
	struct supervisor v = {
		.program = program,
		.name = program == PROGRAM_LOOKUP ? "lookup" : "console",
		.settings = s,
		.argv = argv,
		.listen_fd = -1,
	};
	int status = EXIT_FAILURE;

	handover_begin();
	request_log_open();
	v.admin.listen_fd = v.admin.memory_fd = -1;
	if (prepare(&v) && open_sockets(&v)) {
		take_over(&v);
		status = run(&v);
	}
	admin_stop(&v.admin);
	return status;
}
