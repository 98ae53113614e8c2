/* Hangs Suyuan into Kore: the hooks Kore looks for by name, and those of web/kore/hooks.h. */
#include "web/app.h"

#include <jansson.h>
#include <kore/kore.h>
#include <kore/hooks.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "web/crowd.h"
#include "web/kore/hooks.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/orders.h"
#include "web/request_log.h"
#include "web/worker.h"

#define MODULE(name) extern const struct module module_##name;
#include "web/modules.def"
#undef MODULE

static const struct module *const modules[] = {
#define MODULE(name) &module_##name,
#include "web/modules.def"
#undef MODULE
	NULL,
};

enum { FROZEN_TICKS = 10000 / KORE_PARENT_TICK_MS };

static enum program program;
static const struct settings *settings;
static struct app_start start;
static pid_t parent_pid;
static struct listener *listener;

enum program app_program(void)
{
	return program;
}

const struct settings *app_settings(void)
{
	return settings;
}

unsigned app_worker_id(void)
{
	return worker == NULL ? 0 : worker->id - 1u;
}

const struct module *const *app_modules(void)
{
	return modules;
}

pid_t app_parent_pid(void)
{
	return parent_pid;
}

void app_stop_listening(void)
{
	if (listener->fd >= 0)
		close(listener->fd);
	listener->fd = -1;
}

/*
 * What libraries would read at first use, inherited by every worker, whose chroot has no such
 * files: without /dev/urandom jansson would hash by the clock, and who knows that makes objects
 * that are slow.
 */
static void read_ahead(void)
{
	json_object_seed(0);
	tzset();
}

bool app_prepare(enum program p, const struct settings *s, char *why, size_t why_size)
{
	program = p;
	settings = s;
	read_ahead();
	for (size_t i = 0; modules[i] != NULL; i++)
		if ((modules[i]->programs & program) != 0 && modules[i]->prepare != NULL &&
		    !modules[i]->prepare(s, why, why_size))
			return false;
	return true;
}

/* --- Kore's parent ------------------------------------------------------------------------- */

/* What Kore says goes to standard error; in a worker, which must not block, into the log. */
static void print(const char *text, size_t length)
{
	struct slice message = { text, length };

	if (worker != NULL) {
		request_log_message("notice", message);
		request_log_flush(); /* these may be its last words */
	} else {
		fprintf(stderr, "suyuand: %.*s\n", SLICE_ARG(message));
	}
}

/* Orders come through shared memory; a signal to the whole group (a terminal's ^C) means nothing.
 */
void app_ignore_signals(void)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

	for (size_t i = 0; i < COUNT_OF(signals); i++)
		(void)signal(signals[i], SIG_IGN);
}

/* The socket is the supervisor's, so that it stays open when Kore's parent has to be replaced. */
static void create_listener(void)
{
	struct kore_server *server = kore_server_create("suyuan");
	struct sockaddr_storage address = { .ss_family = AF_INET };
	socklen_t length = sizeof(address);

	server->tls = 0; /* Kore's own TLS and key manager stay out of it: see web/tls.h */
	listener = kore_listener_create(server);
	listener->fd = start.listen_fd;
	(void)getsockname(start.listen_fd, (struct sockaddr *)&address, &length);
	listener->family = address.ss_family;
	listener->evt.handle = crowd_accept;
	/* Kore's accept lock gives every connection to one worker; without listeners there is none.
	 */
	nlisteners = 0;
}

void kore_parent_configure(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	parent_pid = getpid();
	app_ignore_signals();
	metric_set(METRIC_PID, (uint64_t)parent_pid);
	metric_set(METRIC_BORN_MS, loop_now_ms());
	metric_set(METRIC_BEAT_MS, loop_now_ms());
	metric_set(METRIC_WORKERS_WANTED, worker_count); /* Kore counts more in later */
	create_listener();
}

static bool any_worker_runs(void)
{
	for (unsigned id = KORE_WORKER_BASE; id < worker_count; id++)
		if (kore_worker_data((u_int8_t)id)->running)
			return true;
	return false;
}

/* The supervisor told this process alone; again and again, for a worker may just be born. */
static void tell_workers(void)
{
	for (unsigned id = KORE_WORKER_BASE; id < worker_count; id++) {
		const struct kore_worker *w = kore_worker_data((u_int8_t)id);

		if (w->running)
			(void)kill(w->pid, SIGUSR2);
	}
}

/*
 * A worker whose loop does not turn serves nobody, and its clients wait for it: it is replaced.
 * Counted in turns of our own loop, so that a machine that stood still as a whole harms nobody.
 */
static void replace_frozen(void)
{
	static struct {
		pid_t pid;
		uint64_t beat;
		unsigned silent;
	} seen[ORDERS_WORKERS];

	for (unsigned id = KORE_WORKER_BASE; id < worker_count; id++) {
		const struct kore_worker *w = kore_worker_data((u_int8_t)id);
		unsigned slot = (w->id - 1u) % ORDERS_WORKERS; /* as app_worker_id() */
		uint64_t beat = atomic_load(&metrics_slot(slot)->values[METRIC_BEAT_MS]);

		if (w->pid != seen[slot].pid || beat != seen[slot].beat || beat == 0)
			seen[slot].silent = 0;
		seen[slot].pid = w->pid;
		seen[slot].beat = beat;
		if (!w->running || ++seen[slot].silent < FROZEN_TICKS)
			continue;
		fprintf(stderr, "suyuand: worker %u is frozen: killed\n", slot);
		metric_add(METRIC_WORKERS_FROZEN, 1);
		(void)kill(w->pid, SIGKILL);
		seen[slot].silent = 0;
	}
}

static void parent_tick(void)
{
	metric_set(METRIC_BEAT_MS, loop_now_ms());
	replace_frozen();
	if (!orders_draining())
		return;
	if (orders_succeeded())
		tell_workers();
	app_stop_listening();
	if (!any_worker_runs())
		(void)raise(SIGQUIT);
}

int app_run(const struct app_start *given)
{
	start = *given;
	kore_hooks.print = print;
	kore_hooks.worker_born = worker_born;
	kore_hooks.worker_confine = worker_confine;
	kore_hooks.parent_tick = parent_tick;
	config_file = strdup(start.kore_config);
	if (config_file == NULL)
		return EXIT_FAILURE;
	kore_foreground = 1;
	kore_quiet = 1;
	skip_chroot = skip_runas = !start.confine;
	optind = 1; /* main() has used getopt; Kore begins anew, with nothing to find */
	return kore_main(1, start.argv);
}
