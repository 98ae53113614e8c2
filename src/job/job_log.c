/* Log lines of the job program, each written in one piece. */
#include "job/job_log.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#include "job/task.h"

enum { TIME_SIZE = 32 };

static void log_time(char room[TIME_SIZE])
{
	struct timespec t;
	struct tm parts;
	size_t length;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	(void)gmtime_r(&t.tv_sec, &parts);
	length = strftime(room, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
	(void)snprintf(room + length, TIME_SIZE - length, ".%03uZ",
		       (unsigned)(t.tv_nsec / 1000000) % 1000);
}

/* Several processes share the file: a line is one write. A full disk loses it, and nothing else. */
static void write_line(json_t *taken)
{
	char line[4096];
	size_t length = json_dumpb(taken, line, sizeof(line) - 1, JSON_COMPACT);

	json_decref(taken);
	if (length == 0 || length >= sizeof(line))
		return;
	line[length++] = '\n';
	while (write(STDOUT_FILENO, line, length) < 0 && errno == EINTR)
		;
}

void job_log(const char *level, const char *format, ...)
{
	char text[1024], time[TIME_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_time(time);
	write_line(json_pack("{s:s,s:s,s:i,s:s}", "time", time, "level", level, "process",
			     (int)getpid(), "message", text));
}

void job_log_task(const struct task *t, const char *event, uint64_t ms)
{
	char time[TIME_SIZE];

	log_time(time);
	write_line(json_pack("{s:s,s:i,s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:s*}", "time", time, "process",
			     (int)getpid(), "job", (json_int_t)t->row->id, "kind", t->row->kind,
			     "event", event, "done", (json_int_t)t->done, "total",
			     (json_int_t)t->row->total, "files", (json_int_t)t->files, "ms",
			     (json_int_t)ms, "reason", t->why[0] == '\0' ? NULL : t->why));
}
