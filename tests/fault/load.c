/*
 * A crowd of well-behaved TLS clients that asks a lookup server for codes and judges every answer.
 *
 *   usage: load [OPTIONS] PORT PATHS
 *
 *   --connections N   at most so many at the same time (default 16)
 *   --fresh N         of 100 connections, so many are used for one request only (default 0)
 *   --rate N          requests a second, whatever comes back (open loop); without: the next request
 *                     of a connection follows its answer
 *   --seconds N       how long requests begin (default 5)
 *   --requests N      no more than so many
 *   --patience N      milliseconds after which a client gives up (default 10000)
 *   --sources N       clients come from 127.0.1.1 to 127.0.1.N (default 1)
 *   --secret TEXT     must stand in no answer
 *
 * PATHS holds a line for each code: its path, a tab, the member "code" of the verdict it must get,
 * a tab, a text that must stand in the answer (which may be empty). Paths are asked in turn. An
 * answer is "right", or "busy" (503 with Retry-After), else "wrong"; no whole answer is "failed". A
 * request on a connection that the server closed before one byte of answer came is "failed", too,
 * and counted as "raced". Latency runs from the moment the request was due.
 *
 * Prints one line of JSON; the first few failures on standard error. Certificates are not verified:
 * other tests do that.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"

enum {
	CONNECTIONS_MOST = 8192,
	ANSWER_MOST = 256 << 10,
	WAITING_MOST = 1 << 20, /* requests that are due and have no connection */
	BIN_US = 20,		/* of the latencies; the last bin holds all above ten seconds */
	BINS = 500000,
	STATUSES = 600,
	TOLD_MOST = 8,
};

enum phase { PHASE_CLOSED, PHASE_SHAKING, PHASE_IDLE, PHASE_READING };

struct code {
	char *path, *verdict, *must;
};

struct client {
	int fd;
	enum phase phase;
	bool fresh;
	bool asking;	/* a request is under way or about to be */
	unsigned asked; /* on this connection */
	SSL *ssl;
	uint64_t due_us;
	const struct code *code;
	size_t got, expected; /* of the answer; 0: the head is not complete yet */
	size_t head;
	int status;
	bool closes; /* the answer said so */
	char *answer;
	struct client *next_idle;
};

static struct {
	SSL_CTX *tls;
	struct sockaddr_in address;
	uint64_t connections, fresh, rate, seconds, requests, patience_ms, sources;
	const char *secret;
	struct code *codes;
	size_t code_count, next_code;
	struct client *clients, *idle;
	int epoll;
	uint64_t began_us, end_us;
	unsigned open;
	unsigned next_source;
	/* due and without a connection */
	uint64_t *waiting;
	size_t waiting_head, waiting_tail;
	/* what is counted */
	uint64_t asked, done, right, busy, wrong, failed, raced, leaks, unsent, curt, told;
	uint64_t status[STATUSES];
	uint32_t latency[BINS];
	uint64_t counted, longest_us;
} load;

static uint64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* --- judging --------------------------------------------------------------------------------- */

static void tell(const struct client *c, const char *what)
{
	size_t shown = c->got < 2000 ? c->got : 2000;

	if (load.told++ < TOLD_MOST)
		fprintf(stderr, "%s: %s after %llu us on request %u, %zu bytes: %.*s\n", what,
			c->code->path, (unsigned long long)(now_us() - c->due_us), c->asked, c->got,
			(int)shown, c->answer);
}

static void count_latency(const struct client *c)
{
	uint64_t us = now_us() - c->due_us, bin = us / BIN_US;

	load.latency[bin < BINS ? bin : BINS - 1]++;
	load.counted++;
	if (us > load.longest_us)
		load.longest_us = us;
}

/* The member "code" of the answer's "verdict" is this. */
static bool has_verdict(const char *body, const char *verdict)
{
	const char *at = strstr(body, "\"verdict\":");
	size_t length = strlen(verdict);

	if (at == NULL || (at = strstr(at, "\"code\":\"")) == NULL)
		return false;
	at += strlen("\"code\":\"");
	return strncmp(at, verdict, length) == 0 && at[length] == '"';
}

static bool is_right(const struct client *c)
{
	const char *body = c->answer + c->head;

	return has_verdict(body, c->code->verdict) && strstr(body, c->code->must) != NULL;
}

static void judge(const struct client *c)
{
	load.done++;
	load.status[c->status < STATUSES ? c->status : 0]++;
	if (load.secret != NULL && memmem(c->answer, c->got, load.secret, strlen(load.secret))) {
		load.leaks++;
		tell(c, "LEAK");
	}
	if (c->status == 503) {
		load.busy++;
		if (strcasestr(c->answer, "\r\nretry-after: ") == NULL)
			load.curt++;
		return;
	}
	if (is_right(c)) {
		load.right++;
		count_latency(c);
		return;
	}
	load.wrong++;
	tell(c, "WRONG");
}

/* --- one connection -------------------------------------------------------------------------- */

static void due_next(struct client *c);

static void bind_source(int fd)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int on = 1;
	uint64_t number = load.next_source++ % load.sources;

	if (load.sources == 1)
		return;
	from.sin_addr.s_addr =
	    htonl(0x7F000101u + (uint32_t)(number / 250 * 256) + (uint32_t)(number % 250));
	if (setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		die("bind");
}

static void close_client(struct client *c)
{
	if (c->phase == PHASE_CLOSED)
		return;
	SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(c->ssl);
	(void)close(c->fd);
	c->phase = PHASE_CLOSED;
	c->asked = 0;
	load.open--;
}

static void open_client(struct client *c)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				 .data.ptr = c };
	int on = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		die("socket");
	bind_source(c->fd);
	/* What is wrong with it, the handshake will hear. */
	(void)connect(c->fd, (struct sockaddr *)&load.address, sizeof(load.address));
	c->ssl = SSL_new(load.tls);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
	    SSL_set_tlsext_host_name(c->ssl, "localhost") != 1)
		die("SSL_new");
	SSL_set_connect_state(c->ssl);
	if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
		die("epoll_ctl");
	c->phase = PHASE_SHAKING;
	load.open++;
}

static void fail(struct client *c, const char *how)
{
	load.failed++;
	if (c->phase == PHASE_READING && c->asked > 1 && c->got == 0)
		load.raced++;
	tell(c, how);
	close_client(c);
	due_next(c);
}

static void send_request(struct client *c)
{
	char text[1024];
	size_t sent;
	int length = snprintf(text, sizeof(text),
			      "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
			      "Accept-Language: en\r\nUser-Agent: Mozilla/5.0 (load)\r\n%s\r\n",
			      c->code->path, c->fresh ? "Connection: close\r\n" : "");

	c->phase = PHASE_READING;
	c->got = c->expected = c->head = 0;
	c->status = 0;
	c->closes = c->fresh;
	c->asked++;
	if (SSL_write_ex(c->ssl, text, (size_t)length, &sent) != 1)
		fail(c, "not sent");
}

/* --- its answer ------------------------------------------------------------------------------ */

static void read_head(struct client *c)
{
	const char *end, *length;

	c->answer[c->got] = '\0';
	end = strstr(c->answer, "\r\n\r\n");
	if (end == NULL)
		return;
	length = strcasestr(c->answer, "\r\ncontent-length:");
	if (length == NULL || length > end || strncmp(c->answer, "HTTP/1.1 ", 9) != 0)
		return;
	c->status = (int)strtol(c->answer + 9, NULL, 10);
	c->head = (size_t)(end - c->answer) + 4;
	c->expected = c->head + strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
	length = strcasestr(c->answer, "\r\nconnection: close");
	c->closes |= length != NULL && length < end;
}

static void finish(struct client *c)
{
	c->answer[c->got] = '\0';
	judge(c);
	c->phase = PHASE_IDLE;
	if (c->closes)
		close_client(c);
	due_next(c);
}

static void receive(struct client *c)
{
	size_t length = 0;
	int error;

	for (;;) {
		if (SSL_read_ex(c->ssl, c->answer + c->got, ANSWER_MOST - c->got, &length) != 1)
			break;
		c->got += length;
		if (c->expected == 0)
			read_head(c);
		if (c->got == ANSWER_MOST || (c->expected > 0 && c->got > c->expected)) {
			fail(c, "too long");
			return;
		}
		if (c->expected > 0 && c->got == c->expected) {
			finish(c);
			return;
		}
	}
	error = SSL_get_error(c->ssl, 0);
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		fail(c, "cut");
}

static void shake(struct client *c)
{
	int result = SSL_do_handshake(c->ssl), error;

	if (result == 1) {
		send_request(c);
		return;
	}
	error = SSL_get_error(c->ssl, result);
	if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		fail(c, "handshake");
}

/* A kept connection without a request: all that can come is its end, or a ticket. */
static void look_at_idle(struct client *c)
{
	char byte;
	size_t length;

	if (SSL_read_ex(c->ssl, &byte, 1, &length) == 1 ||
	    SSL_get_error(c->ssl, 0) != SSL_ERROR_WANT_READ)
		close_client(c);
}

static void run(struct client *c)
{
	ERR_clear_error();
	switch (c->phase) {
	case PHASE_SHAKING:
		shake(c);
		break;
	case PHASE_READING:
		receive(c);
		break;
	case PHASE_IDLE:
		look_at_idle(c);
		break;
	case PHASE_CLOSED:
		break;
	}
}

/* --- when what is asked ---------------------------------------------------------------------- */

static bool is_over(void)
{
	return now_us() >= load.end_us || (load.requests > 0 && load.asked >= load.requests);
}

static void ask(struct client *c, uint64_t due_us)
{
	c->code = &load.codes[load.next_code++ % load.code_count];
	c->due_us = due_us;
	c->asking = true;
	c->got = 0;
	load.asked++;
	if (c->phase == PHASE_CLOSED)
		open_client(c);
	else
		send_request(c);
}

/* It may ask again. */
static void due_next(struct client *c)
{
	c->asking = false;
	c->next_idle = load.idle;
	load.idle = c;
}

static struct client *take_idle(void)
{
	struct client *c = load.idle;

	if (c != NULL)
		load.idle = c->next_idle;
	return c;
}

static void ask_waiting(void)
{
	while (load.waiting_head != load.waiting_tail && load.idle != NULL)
		ask(take_idle(), load.waiting[load.waiting_head++ % WAITING_MOST]);
}

/* Requests that became due since the last call. */
static void ask_due(void)
{
	static uint64_t due;
	uint64_t now = now_us(), until = now < load.end_us ? now : load.end_us;

	if (load.rate == 0) {
		while (load.idle != NULL && !is_over())
			ask(take_idle(), now_us());
		return;
	}
	for (; load.began_us + due * 1000000 / load.rate <= until; due++) {
		if (load.requests > 0 && due >= load.requests)
			break;
		if (load.waiting_tail - load.waiting_head == WAITING_MOST)
			load.unsent++;
		else
			load.waiting[load.waiting_tail++ % WAITING_MOST] =
			    load.began_us + due * 1000000 / load.rate;
	}
	ask_waiting();
}

/* Who has waited longer than anybody would. */
static void give_up(void)
{
	uint64_t now = now_us();

	while (load.waiting_head != load.waiting_tail &&
	       load.waiting[load.waiting_head % WAITING_MOST] + load.patience_ms * 1000 < now) {
		load.waiting_head++;
		load.unsent++;
	}
	for (size_t i = 0; i < load.connections; i++) {
		struct client *c = &load.clients[i];

		if (c->asking && c->due_us + load.patience_ms * 1000 < now)
			fail(c, "given up");
	}
}

static bool anything_left(void)
{
	if (!is_over() || load.waiting_head != load.waiting_tail)
		return true;
	for (size_t i = 0; i < load.connections; i++)
		if (load.clients[i].asking)
			return true;
	return false;
}

static void loop(void)
{
	struct epoll_event events[512];
	uint64_t looked_us = 0;

	for (;;) {
		int ready;

		ask_due();
		ready =
		    epoll_wait(load.epoll, events, COUNT_OF(events), load.idle != NULL ? 1 : 20);
		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < ready; i++)
			run(events[i].data.ptr);
		if (now_us() - looked_us < 50000)
			continue;
		looked_us = now_us();
		give_up();
		if (!anything_left())
			return;
	}
}

/* --- the whole ------------------------------------------------------------------------------- */

static void read_codes(const char *path)
{
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0, room = 0;

	if (in == NULL)
		die(path);
	while (getline(&line, &size, in) > 0) {
		struct slice rest = slice_trim(slice_of(line)), part[3] = { { "", 0 } };

		for (unsigned i = 0; i < 3 && slice_cut(&rest, '\t', &part[i]); i++)
			;
		if (load.code_count == room) {
			room = room == 0 ? 1024 : room * 2;
			load.codes = realloc(load.codes, room * sizeof(*load.codes));
		}
		if (load.codes == NULL)
			die("memory");
		load.codes[load.code_count++] =
		    (struct code){ strndup(part[0].data, part[0].length),
				   strndup(part[1].data, part[1].length),
				   strndup(part[2].length > 0 ? part[2].data : "",
					   part[2].length) };
	}
	free(line);
	(void)fclose(in);
	if (load.code_count == 0) {
		fprintf(stderr, "load: no codes in %s\n", path);
		exit(2);
	}
}

static void prepare(uint64_t port)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	load.address.sin_family = AF_INET;
	load.address.sin_port = htons((uint16_t)port);
	load.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	load.tls = SSL_CTX_new(TLS_client_method());
	if (load.tls == NULL || SSL_CTX_set1_groups_list(load.tls, "X25519:P-256") != 1)
		die("TLS");
	(void)signal(SIGPIPE, SIG_IGN);
	SSL_CTX_set_verify(load.tls, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_options(load.tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(load.tls, SSL_SESS_CACHE_OFF);
	load.clients = calloc(load.connections, sizeof(*load.clients));
	load.waiting = calloc(WAITING_MOST, sizeof(*load.waiting));
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (load.clients == NULL || load.waiting == NULL || load.epoll < 0)
		die("memory");
	for (uint64_t i = load.connections; i-- > 0;) {
		struct client *c = &load.clients[i];

		c->answer = malloc(ANSWER_MOST + 1);
		if (c->answer == NULL)
			die("memory");
		c->fresh =
		    i * load.fresh / load.connections != (i + 1) * load.fresh / load.connections;
		due_next(c);
	}
}

static double latency_ms(double share)
{
	uint64_t wanted = (uint64_t)((double)load.counted * share), seen = 0;

	for (unsigned bin = 0; bin < BINS; bin++) {
		seen += load.latency[bin];
		if (seen > wanted)
			return (bin + 0.5) * BIN_US / 1000;
	}
	return (double)load.longest_us / 1000;
}

static void report(double seconds)
{
	const char *comma = "";

	printf("{\"asked\":%llu,\"done\":%llu,\"right\":%llu,\"busy\":%llu,\"wrong\":%llu,"
	       "\"failed\":%llu,\"raced\":%llu,\"leaks\":%llu,\"unsent\":%llu,\"curt\":%llu,",
	       (unsigned long long)load.asked, (unsigned long long)load.done,
	       (unsigned long long)load.right, (unsigned long long)load.busy,
	       (unsigned long long)load.wrong, (unsigned long long)load.failed,
	       (unsigned long long)load.raced, (unsigned long long)load.leaks,
	       (unsigned long long)load.unsent, (unsigned long long)load.curt);
	printf("\"status\":{");
	for (unsigned i = 0; i < STATUSES; i++) {
		if (load.status[i] == 0)
			continue;
		printf("%s\"%u\":%llu", comma, i, (unsigned long long)load.status[i]);
		comma = ",";
	}
	printf("},\"seconds\":%.3f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,"
	       "\"max_ms\":%.3f}\n",
	       seconds, latency_ms(0.5), latency_ms(0.99), latency_ms(0.999),
	       (double)load.longest_us / 1000);
}

static uint64_t number_of(const char *text, uint64_t least, uint64_t most)
{
	uint64_t number;

	if (!slice_to_u64(slice_of(text), &number) || number < least || number > most) {
		fprintf(stderr, "load: not a number from %llu to %llu: %s\n",
			(unsigned long long)least, (unsigned long long)most, text);
		exit(2);
	}
	return number;
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "connections", required_argument, NULL, 'c' },
		{ "fresh", required_argument, NULL, 'f' },
		{ "rate", required_argument, NULL, 'r' },
		{ "seconds", required_argument, NULL, 's' },
		{ "requests", required_argument, NULL, 'n' },
		{ "patience", required_argument, NULL, 'p' },
		{ "sources", required_argument, NULL, 'a' },
		{ "secret", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	load.connections = 16;
	load.seconds = 5;
	load.patience_ms = 10000;
	load.sources = 1;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			load.connections = number_of(optarg, 1, CONNECTIONS_MOST);
		else if (option == 'f')
			load.fresh = number_of(optarg, 0, 100);
		else if (option == 'r')
			load.rate = number_of(optarg, 1, 1000000);
		else if (option == 's')
			load.seconds = number_of(optarg, 1, 3600);
		else if (option == 'n')
			load.requests = number_of(optarg, 1, 1000000000);
		else if (option == 'p')
			load.patience_ms = number_of(optarg, 1, 600000);
		else if (option == 'a')
			load.sources = number_of(optarg, 1, 60000);
		else if (option == 'x')
			load.secret = optarg;
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	if (argc - optind != 2) {
		fprintf(stderr, "usage: load [OPTIONS] PORT PATHS\n");
		return 2;
	}
	read_codes(argv[optind + 1]);
	prepare(number_of(argv[optind], 1, UINT16_MAX));
	load.began_us = now_us();
	load.end_us = load.began_us + load.seconds * 1000000;
	loop();
	report((double)(now_us() - load.began_us) / 1e6);
	return 0;
}
