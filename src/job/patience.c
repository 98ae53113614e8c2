/* Waits without missing a signal. */
#include "job/patience.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

enum { RETRY_FIRST_MS = 100, RETRY_LONGEST_MS = 5000 };

static volatile sig_atomic_t was_told_to_stop;

uint64_t patience_now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void take_signal(int number)
{
	(void)number;
	was_told_to_stop = 1;
}

void patience_prepare(void)
{
	struct sigaction action = { .sa_handler = take_signal };

	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
}

/* The signals are blocked but while waiting, so that none can come between look and wait. */
bool patience_stop_wanted(void)
{
	sigset_t pending;

	if (was_told_to_stop == 0 && sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1))
		was_told_to_stop = 1;
	return was_told_to_stop != 0;
}

void patience_wait(int fd, uint64_t ms)
{
	const struct timespec time = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000L };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	sigset_t open;

	(void)sigprocmask(SIG_SETMASK, NULL, &open);
	(void)sigdelset(&open, SIGTERM);
	(void)sigdelset(&open, SIGINT);
	(void)ppoll(&p, 1, &time, &open);
}

void patience_before_retry(uint64_t *pause_ms)
{
	*pause_ms = *pause_ms == 0 ? RETRY_FIRST_MS : *pause_ms * 2;
	if (*pause_ms > RETRY_LONGEST_MS)
		*pause_ms = RETRY_LONGEST_MS;
	patience_wait(-1, *pause_ms);
}
