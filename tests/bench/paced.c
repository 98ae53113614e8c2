/*
 * A client that asks at a steady rate over kept TLS connections, whatever the server does: a
 * request has its time to begin, and its latency counts from then, also when it had to wait for a
 * connection.
 *
 *   usage: paced ADDRESS PORT SERVER-NAME CONNECTIONS RATE SECONDS PATHS <HEAD
 *
 * PATHS is a file of request paths, one a line, asked in turn, each again after the last. Standard
 * input is what follows the request line, to the blank line. An answer counts when its status is
 * below 500 and every byte of its Content-Length came. RATE is requests a second; "most" is as many
 * as the server answers, each connection asking again as soon as it has its answer. With a RATE of
 * 0 each connection asks once; then a line says that all are open, and they are left idle until
 * SIGTERM.
 *
 * Prints one line of JSON. Certificates are not verified, as in fresh.c.
 */
#include <sys/resource.h>

#include "client.h"

enum {
	CONNECTIONS_MOST = 40000,
	REQUEST_MOST = 8192,
	PATH_MOST = 1024, /* and the method before it */
	STUCK_MS = 5000,  /* nothing happens for so long: given up */
};

#define RATE_MOST UINT64_MAX

struct line {
	int fd;
	SSL *ssl;
	bool shaken, busy;
	uint64_t due_us;
	struct answer answer;
	struct line *next_idle;
};

static struct {
	SSL_CTX *tls;
	const char *server_name;
	struct sockaddr_in address;
	/* What is the same in all requests stands at the end, the path before it. */
	char request[PATH_MOST + REQUEST_MOST];
	size_t request_length;
	char *paths;
	const char *path; /* the next one */
	int epoll;
	uint64_t rate, began_us, end_us;
	uint64_t issued; /* requests begun */
	struct line *idle;
	unsigned shaken, busy;
	/* what is counted */
	uint64_t failed, refused, bytes;
	struct latencies latencies;
} bench;

/* --- one connection ------------------------------------------------------------------------ */

static void open_line(struct line *l)
{
	l->fd = socket_open(&bench.address, bench.epoll, l);
	l->ssl = tls_begin(bench.tls, l->fd, bench.server_name);
}

static void rest(struct line *l)
{
	l->busy = false;
	l->next_idle = bench.idle;
	bench.idle = l;
}

/* It is of no more use; what it was asked counts as failed. */
static void lose(struct line *l)
{
	if (bench.failed++ < 5)
		fprintf(stderr, "paced: lost a connection %s: %s\n",
			l->busy ? "that was asked" : "",
			ERR_reason_error_string(ERR_peek_last_error()));
	ERR_clear_error();
	if (l->busy)
		bench.busy--;
	l->busy = true; /* never asked again */
	(void)epoll_ctl(bench.epoll, EPOLL_CTL_DEL, l->fd, NULL);
}

static struct slice next_path(void)
{
	const char *end;
	struct slice path;

	if (*bench.path == '\0')
		bench.path = bench.paths;
	end = strchrnul(bench.path, '\n');
	path = (struct slice){ bench.path, (size_t)(end - bench.path) };
	bench.path = *end == '\0' ? end : end + 1;
	return path;
}

static struct slice request_for(struct slice path)
{
	static const struct slice method = SLICE("GET ");
	char *from = bench.request + PATH_MOST - path.length - method.length;

	if (path.length + method.length > PATH_MOST)
		die("a path is too long");
	memcpy(from, method.data, method.length);
	memcpy(from + method.length, path.data, path.length);
	return (struct slice){ from, method.length + path.length + bench.request_length };
}

static void ask(struct line *l, uint64_t due_us)
{
	struct slice request = request_for(next_path());
	size_t sent;

	l->busy = true;
	l->due_us = due_us;
	answer_clear(&l->answer);
	bench.busy++;
	if (SSL_write_ex(l->ssl, request.data, request.length, &sent) != 1)
		lose(l);
}

static void count(struct line *l)
{
	latencies_add(&bench.latencies, now_us() - l->due_us);
	bench.bytes += l->answer.got;
	bench.refused += l->answer.status >= 400;
	bench.busy--;
	rest(l);
}

/* --- its answer ---------------------------------------------------------------------------- */

/* An answer of 500 and above never counts. */
static bool is_good(unsigned status)
{
	return status < 500;
}

static void take(struct line *l, const char *data, size_t length)
{
	answer_take(&l->answer, data, length, is_good);
	if (answer_is_whole(&l->answer))
		count(l);
}

static void receive(struct line *l)
{
	static char data[32768];
	size_t length;

	while (SSL_read_ex(l->ssl, data, sizeof(data), &length) == 1) {
		take(l, data, length);
		if (!l->busy)
			return; /* nothing more comes before it asks again */
	}
	if (SSL_get_error(l->ssl, 0) != SSL_ERROR_WANT_READ)
		lose(l);
}

static void shake(struct line *l)
{
	int result = SSL_do_handshake(l->ssl), error = SSL_get_error(l->ssl, result);

	if (result == 1) {
		l->shaken = true;
		bench.shaken++;
		rest(l);
	} else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
		lose(l);
	}
}

static void run(struct line *l)
{
	if (!l->shaken)
		shake(l);
	else
		receive(l);
}

/* --- the whole ----------------------------------------------------------------------------- */

/* Waits at most `us` for something to happen. False: nothing did. */
static bool turn(uint64_t us)
{
	struct timespec most = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };
	struct epoll_event events[256];
	int ready = epoll_pwait2(bench.epoll, events, COUNT_OF(events), &most, NULL);

	if (ready < 0 && errno != EINTR)
		die("epoll_pwait2");
	for (int i = 0; i < ready; i++)
		run(events[i].data.ptr);
	return ready > 0;
}

static uint64_t due_of(uint64_t number)
{
	return bench.rate == RATE_MOST ? bench.began_us
				       : bench.began_us + number * 1000000 / bench.rate;
}

/* Begins what is due, as far as there are connections. */
static void issue(void)
{
	uint64_t now = now_us();

	while (bench.idle != NULL && due_of(bench.issued) <= now && now < bench.end_us &&
	       due_of(bench.issued) < bench.end_us) {
		struct line *l = bench.idle;

		bench.idle = l->next_idle;
		ask(l, bench.rate == RATE_MOST ? now : due_of(bench.issued));
		bench.issued++;
	}
}

static void pace(uint64_t seconds)
{
	bench.began_us = now_us();
	bench.end_us = bench.began_us + seconds * 1000000;
	while (due_of(bench.issued) < bench.end_us) {
		uint64_t now = now_us(), due = due_of(bench.issued);

		if (now > bench.end_us + (uint64_t)STUCK_MS * 1000 ||
		    (bench.rate == RATE_MOST && now >= bench.end_us))
			break;
		(void)turn(bench.idle != NULL && due > now ? due - now
			   : bench.idle != NULL		   ? 0
							   : 1000);
		issue();
	}
	while (bench.busy > 0 && turn((uint64_t)STUCK_MS * 1000))
		;
	bench.failed += bench.busy;
}

static void ask_once(void)
{
	while (bench.idle != NULL) {
		struct line *l = bench.idle;

		bench.idle = l->next_idle;
		ask(l, now_us());
	}
	while (bench.busy > 0 && turn((uint64_t)STUCK_MS * 1000))
		;
	bench.failed += bench.busy;
}

static void report(double seconds)
{
	printf("{\"done\":%llu,\"failed\":%llu,\"refused\":%llu,\"seconds\":%.6f,\"bytes\":%llu,"
	       "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"slowest_ms\":%.3f}\n",
	       (unsigned long long)bench.latencies.count, (unsigned long long)bench.failed,
	       (unsigned long long)bench.refused, seconds, (unsigned long long)bench.bytes,
	       latencies_ms(&bench.latencies, 0.5), latencies_ms(&bench.latencies, 0.99),
	       latencies_ms(&bench.latencies, 0.999), (double)bench.latencies.slowest_us / 1000);
	(void)fflush(stdout);
}

/* --- what it is asked ---------------------------------------------------------------------- */

static void prepare_tls(void)
{
	bench.tls = SSL_CTX_new(TLS_client_method());
	if (bench.tls == NULL || SSL_CTX_set_min_proto_version(bench.tls, TLS1_3_VERSION) != 1)
		die("TLS");
	SSL_CTX_set_verify(bench.tls, SSL_VERIFY_NONE, NULL);
	/* One buffer that stays in the processor's cache serves all connections. */
	SSL_CTX_set_mode(bench.tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(bench.tls, 1); /* one read() a record */
}

static void read_paths(const char *name)
{
	FILE *file = fopen(name, "re");
	size_t room = 0;

	if (file == NULL || getdelim(&bench.paths, &room, '\0', file) <= 0)
		die(name);
	(void)fclose(file);
	bench.path = bench.paths;
}

static void read_rest_of_requests(void)
{
	static const char version[] = " HTTP/1.1\r\n";
	char *rest = bench.request + PATH_MOST, *head = rest + sizeof(version) - 1;
	size_t room = REQUEST_MOST - (sizeof(version) - 1), length = fread(head, 1, room, stdin);

	if (length == 0 || length == room) {
		fprintf(stderr, "paced: standard input is not the head of a request\n");
		exit(2);
	}
	memcpy(rest, version, sizeof(version) - 1);
	bench.request_length = (size_t)(head - rest) + length;
}

static uint64_t number(const char *text, uint64_t most)
{
	uint64_t value;

	if (!slice_to_u64(slice_of(text), &value) || value > most) {
		fprintf(stderr, "paced: not a number up to %llu: %s\n", (unsigned long long)most,
			text);
		exit(2);
	}
	return value;
}

/* Ten thousand sockets need more than the usual limit. */
static void allow_sockets(uint64_t count)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= count + 64)
		return;
	limit = (struct rlimit){ count + 64, count + 64 };
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		die("RLIMIT_NOFILE");
}

/* A few at a time: a listening socket's queue is short. */
static void open_lines(struct line *lines, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		open_line(&lines[i]);
		while (i + 1 - bench.shaken > 64 || (i + 1 == count && bench.shaken < count))
			if (!turn((uint64_t)STUCK_MS * 1000) || bench.failed > 0)
				die("the connections do not open");
	}
}

int main(int argc, char **argv)
{
	struct line *lines;
	unsigned count;
	uint64_t seconds, began;

	if (argc != 8) {
		fprintf(
		    stderr,
		    "usage: paced ADDRESS PORT SERVER-NAME CONNECTIONS RATE SECONDS PATHS <HEAD\n");
		return 2;
	}
	if (!address_of(argv[1], argv[2], &bench.address)) {
		fprintf(stderr, "paced: not an address and port: %s %s\n", argv[1], argv[2]);
		return 2;
	}
	bench.server_name = argv[3];
	count = (unsigned)number(argv[4], CONNECTIONS_MOST);
	bench.rate = strcmp(argv[5], "most") == 0 ? RATE_MOST : number(argv[5], 10000000);
	seconds = number(argv[6], 3600);
	read_paths(argv[7]);
	read_rest_of_requests();
	allow_sockets(count);
	prepare_tls();
	bench.epoll = epoll_create1(EPOLL_CLOEXEC);
	lines = calloc(count, sizeof(*lines));
	if (lines == NULL)
		die("memory");
	open_lines(lines, count);
	began = now_us();
	if (bench.rate > 0)
		pace(seconds);
	else
		ask_once();
	report((double)(now_us() - began) / 1e6);
	while (bench.rate == 0)
		(void)pause();
	return 0;
}
