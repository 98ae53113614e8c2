/* Collects log lines in memory and writes them when standard output takes them. */
#include "web/request_log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "web/clock.h"
#include "web/json_text.h"
#include "web/loop.h"
#include "web/metrics.h"
#include "web/router.h"

enum {
	MEMORY = 256 << 10,
	FLUSH_AT = 32 << 10,
	FLUSH_MS = 100,
	LINE_MAXIMUM = 3 << 10, /* of the longest message, escaped; below PIPE_BUF */
};

static struct buf lines = { .maximum = MEMORY };
static size_t written; /* of lines */
static uint64_t dropped;
static struct timer flush_timer;
static int out = STDOUT_FILENO;
static bool is_socket, may_block;

/*
 * O_NONBLOCK belongs to the open file, which standard output shares with whoever started us. A
 * pipe or terminal is opened once more to have an own one; a socket is asked send by send; a
 * file never makes one wait.
 */
void request_log_open(void)
{
	struct stat status;
	int own;

	if (fstat(STDOUT_FILENO, &status) != 0)
		return;
	is_socket = S_ISSOCK(status.st_mode);
	if (is_socket || S_ISREG(status.st_mode))
		return;
	own = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (own >= 0)
		out = own;
	else
		may_block = true;
}

static ssize_t write_out(const char *data, size_t length)
{
	struct pollfd p = { .fd = out, .events = POLLOUT };

	if (is_socket)
		return send(out, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (may_block && (poll(&p, 1, 0) <= 0 || (p.revents & POLLOUT) == 0)) {
		errno = EAGAIN;
		return -1;
	}
	return write(out, data, length);
}

/* Whole lines of at most PIPE_BUF bytes: those a pipe takes in one piece or not at all. */
static size_t next_piece(const char *data, size_t length)
{
	const char *end;

	if (length <= PIPE_BUF)
		return length;
	end = memrchr(data, '\n', PIPE_BUF);
	return end == NULL ? PIPE_BUF : (size_t)(end - data) + 1;
}

void request_log_flush(void)
{
	while (written < lines.length) {
		const char *from = lines.data + written;
		ssize_t n = write_out(from, next_piece(from, lines.length - written));

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			break; /* nobody reads any more */
		written += (size_t)n;
	}
	buf_clear(&lines);
	written = 0;
}

static void flush_later(void *arg)
{
	(void)arg;
	request_log_flush();
	timer_start(&flush_timer, FLUSH_MS, flush_later, NULL);
}

void request_log_start(void)
{
	timer_start(&flush_timer, FLUSH_MS, flush_later, NULL);
}

/* Room for one more line? Otherwise it is counted, and said when there is room again. */
static bool begin_line(void)
{
	if (lines.length + 2 * LINE_MAXIMUM > MEMORY)
		request_log_flush();
	if (lines.length + 2 * LINE_MAXIMUM > MEMORY) {
		dropped++;
		metric_add(METRIC_LOG_LINES_DROPPED, 1);
		return false;
	}
	if (dropped > 0) {
		buf_add_format(&lines,
			       "{\"time\":\"%s\",\"level\":\"warning\",\"dropped_lines\":%llu}\n",
			       clock_log_time(), (unsigned long long)dropped);
		dropped = 0;
	}
	return true;
}

static void add_hex(struct buf *b, uint64_t value)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = 60; shift >= 0; shift -= 4)
		buf_add_char(b, digits[(value >> shift) & 15]);
}

/* Put together by hand: this is the only text that is made for every request of the hot path. */
void request_log(const struct request *r, int status, size_t bytes)
{
	uint64_t us = loop_now_us() - r->start_us;

	metrics_request(route_index(r->route), status, us, bytes);
	if (!begin_line())
		return;
	buf_add_string(&lines, "{\"time\":\"");
	buf_add(&lines, clock_log_time(), CLOCK_LOG_LENGTH);
	buf_add_string(&lines, "\",\"id\":\"");
	add_hex(&lines, r->id);
	buf_add_string(&lines, "\",\"method\":\"");
	buf_add_string(&lines, method_name(r->method));
	buf_add_string(&lines, "\",\"route\":\"");
	buf_add_string(&lines, r->route == NULL ? "-" : r->route->name);
	buf_add_string(&lines, "\",\"status\":");
	buf_add_u64(&lines, (uint64_t)status);
	buf_add_string(&lines, ",\"bytes\":");
	buf_add_u64(&lines, bytes);
	buf_add_string(&lines, ",\"us\":");
	buf_add_u64(&lines, us);
	buf_add_string(&lines, "}\n");
	if (lines.length - written > FLUSH_AT)
		request_log_flush();
}

void request_log_message(const char *level, struct slice text)
{
	if (!begin_line())
		return;
	if (text.length > LINE_MAXIMUM / 8)
		text.length = LINE_MAXIMUM / 8; /* an escape takes six bytes */
	buf_add_format(&lines, "{\"time\":\"%s\",\"level\":\"%s\",\"message\":", clock_log_time(),
		       level);
	json_add_text(&lines, text);
	buf_add_string(&lines, "}\n");
}
