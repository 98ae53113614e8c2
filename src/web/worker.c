/* Starts a worker, follows the supervisor's orders in it, and ends it. */
#include "web/worker.h"

#include <kore/kore.h>
#include <kore/hooks.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "web/app.h"
#include "web/crowd.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/orders.h"
#include "web/request_log.h"
#include "web/sandbox.h"
#include "web/tls.h"
#include "web/worker_log.h"

enum {
	ORDERS_MS = 100,	 /* how soon a worker sees a new order */
	YOUNG_MS = 10000,	 /* a worker that dies younger than this is not replaced at once */
	PAUSE_FIRST_MS = 50,	 /* doubled with each such death in a row … */
	PAUSE_LONGEST_MS = 5000, /* … up to this */
	PAUSE_STEP_MS = 50,
	LOOK_MS = 10,	/* how often it looks whether it has loaded */
	LOAD_MS = 1000, /* that a worker in another's place may load before it lets anybody in … */
	FIRST_LOAD_MS = 2000, /* … and one of a server that begins: nobody else could answer */
};

static unsigned generation;	   /* of the identity in use */
static uint64_t drain_deadline_ms; /* 0: not draining */
static struct timer orders_timer, load_timer;
static uint64_t let_in_ms; /* when it lets in whoever waits, loaded or not */
static bool loaded;

/* --- birth --------------------------------------------------------------------------------- */

static bool orphaned(void)
{
	return getppid() != app_parent_pid();
}

/* Waits in small steps, for nothing can wake it: Kore resets what signals came before. */
static void pause_before_life(uint64_t ms)
{
	const struct timespec step = { 0, PAUSE_STEP_MS * 1000000L };
	uint64_t until = loop_now_ms() + ms;

	while (loop_now_ms() < until && !orders_draining() && !orphaned())
		(void)nanosleep(&step, NULL);
}

static uint64_t pause_for(unsigned streak)
{
	uint64_t ms = streak == 0 ? 0 : (uint64_t)PAUSE_FIRST_MS << (streak < 10 ? streak - 1 : 9);

	return ms < PAUSE_LONGEST_MS ? ms : PAUSE_LONGEST_MS;
}

/*
 * The kernel ends this process with its parent, also where it hangs or is stopped. It forgets that
 * when the user changes, so it is asked at birth and again when confined.
 */
static void die_with_parent(void)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || orphaned())
		_exit(EXIT_FAILURE);
}

void worker_born(void)
{
	struct reports *reports = orders_reports();
	unsigned id = app_worker_id() % ORDERS_WORKERS;
	bool young = loop_now_ms() - reports->workers[id].born_ms < YOUNG_MS;
	unsigned streak = worker->restarted && young ? reports->workers[id].streak + 1 : 0;

	die_with_parent();
	metrics_use(id);
	metric_set(METRIC_PID, (uint64_t)getpid());
	metric_set(METRIC_BORN_MS, loop_now_ms());
	if (worker->restarted)
		metric_add(METRIC_WORKER_RESTARTS, 1);
	reports->workers[id].streak = streak;
	pause_before_life(pause_for(streak));
	if (orders_draining())
		_exit(EXIT_SUCCESS); /* an orderly end: Kore does not replace it */
	reports->workers[id].born_ms = loop_now_ms();
}

void worker_confine(void)
{
	die_with_parent();
#ifndef __SANITIZE_ADDRESS__ /* the leak check at exit needs to look into the process */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	sandbox_enter();
}

/* --- orders -------------------------------------------------------------------------------- */

/* The supervisor has checked it already; if it fails all the same, the old one goes on. */
static bool take_identity(void)
{
	struct identity identity;
	char why[256] = "the supervisor is writing it";
	bool good;

	if (!orders_copy_identity(&identity)) {
		worker_log("error", "no certificate: %s", why);
		return false;
	}
	good = tls_use(&identity, why, sizeof(why));
	generation = identity.generation;
	identity_release(&identity);
	if (!good)
		worker_log("error", "certificate not taken: %s", why);
	return good;
}

static void stop_modules(void)
{
	const struct module *const *modules = app_modules();
	size_t count = 0;

	while (modules[count] != NULL)
		count++;
	while (count-- > 0)
		if ((modules[count]->programs & app_program()) != 0 && modules[count]->stop != NULL)
			modules[count]->stop();
}

/*
 * Ends here and not in Kore, whose worker tells the parent to stop everything. Status 0 means
 * "do not replace me".
 */
static void leave(void)
{
	crowd_stop();
	stop_modules();
	tls_forget();
	request_log_flush();
	exit(orders_draining() ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Each is asked, so that they finish side by side. */
static bool modules_done(void)
{
	const struct module *const *modules = app_modules();
	bool done = true;

	for (size_t i = 0; modules[i] != NULL; i++)
		if ((modules[i]->programs & app_program()) != 0 && modules[i]->is_done != NULL)
			done = modules[i]->is_done() && done;
	return done;
}

static void drain(void)
{
	uint64_t now = loop_now_ms();

	if (drain_deadline_ms == 0)
		drain_deadline_ms = now + app_settings()->drain_seconds * 1000;
	if ((crowd_drain(orders_succeeded()) == 0 && modules_done()) || now >= drain_deadline_ms)
		leave();
	app_stop_listening();
}

static bool is_loaded(void)
{
	const struct module *const *modules = app_modules();

	for (size_t i = 0; modules[i] != NULL; i++)
		if ((modules[i]->programs & app_program()) != 0 && modules[i]->is_loaded != NULL &&
		    !modules[i]->is_loaded())
			return false;
	return true;
}

/* What it would load from cannot be reached: waiting for it only makes bad news late. */
static bool loads_in_vain(void)
{
	const struct module *const *modules = app_modules();

	for (size_t i = 0; modules[i] != NULL; i++)
		if ((modules[i]->programs & app_program()) != 0 && modules[i]->is_away != NULL &&
		    modules[i]->is_away())
			return true;
	return false;
}

static bool is_long_enough(void)
{
	return loop_now_ms() >= let_in_ms || (!worker->restarted && loads_in_vain());
}

/*
 * Before it has loaded, somebody else can answer better: an older server, or the other workers; or
 * it can itself in a moment, and who connects meanwhile waits in the listening socket.
 */
static void let_in(void *arg)
{
	(void)arg;
	if (!loaded && is_loaded()) {
		loaded = true;
		orders_reports()->loaded++;
	}
	if (loaded || (!orders_beside() && is_long_enough()))
		crowd_let_in();
	if (!loaded)
		timer_start(&load_timer, LOOK_MS, let_in, NULL);
}

static void follow_orders(void *arg)
{
	(void)arg;
	if (orphaned())
		_exit(EXIT_FAILURE);
	metric_set(METRIC_BEAT_MS, loop_now_ms());
	if (orders_generation() != generation && orders_generation() % 2 == 0 && take_identity())
		worker_log("notice", "new certificate in use");
	if (orders_draining())
		drain();
	timer_start(&orders_timer, ORDERS_MS, follow_orders, NULL);
}

/* --- Kore's hooks, found by name ----------------------------------------------------------- */

void kore_worker_configure(void)
{
	const struct module *const *modules = app_modules();

	app_ignore_signals();
	request_log_start();
	if (!take_identity())
		leave();
	for (size_t i = 0; modules[i] != NULL; i++)
		if ((modules[i]->programs & app_program()) != 0 && modules[i]->start != NULL)
			modules[i]->start(app_settings());
	crowd_start(app_settings());
	let_in_ms = loop_now_ms() + (worker->restarted ? LOAD_MS : FIRST_LOAD_MS);
	let_in(NULL);
	timer_start(&orders_timer, ORDERS_MS, follow_orders, NULL);
	metric_set(METRIC_BEAT_MS, loop_now_ms());
	orders_reports()->ready++;
}

void kore_worker_teardown(void)
{
	leave();
}
