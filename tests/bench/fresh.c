/*
 * A client that opens a fresh TLS 1.3 connection for every request: one scan, one connection.
 *
 *   usage: fresh [--resume] ADDRESS PORT SERVER-NAME CONNECTIONS SECONDS <REQUEST
 *
 * Standard input is the request as it is sent; it must ask for "Connection: close". An answer
 * counts when its status is 200, every byte of its Content-Length came and the server then closed;
 * all else is a failure. The server closes first, so that the waiting state of TCP is on its side,
 * whatever server it is, and nobody resets a connection. With --resume every connection uses a
 * ticket of an earlier one, each ticket once.
 *
 * Prints one line of JSON. Certificates are not verified here: that would cost the client more than
 * the server, and `make bench` has verified the same one with curl.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/slice.h"

enum {
	CONNECTIONS_MOST = 1024,
	TICKETS_MOST = 4096,
	HEAD_MOST = 4096,
	REQUEST_MOST = 4096,
	STUCK_MS = 2000, /* nothing happens for so long: given up */
	BIN_US = 10,	 /* of the latencies; the last bin holds all above one second */
	BINS = 100000,
};

enum phase { PHASE_SHAKING, PHASE_READING, PHASE_ENDED };

struct fetch {
	int fd;
	enum phase phase;
	SSL *ssl;
	uint64_t began_us;
	size_t got;	 /* bytes of the answer */
	size_t expected; /* 0: the head is not complete yet */
	char head[HEAD_MOST + 1];
};

static struct {
	SSL_CTX *tls;
	const char *server_name;
	struct sockaddr_in address;
	bool resume;
	char request[REQUEST_MOST];
	size_t request_length;
	int epoll;
	uint64_t end_us;
	unsigned open;
	SSL_SESSION *tickets[TICKETS_MOST];
	unsigned ticket_count;
	/* what is counted */
	uint64_t done, failed, resumed, bytes;
	uint32_t latency[BINS];
	char agreed[128]; /* protocol and cipher of the last connection */
} bench;

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

/* --- one connection ------------------------------------------------------------------------ */

static int keep_ticket(SSL *ssl, SSL_SESSION *ticket)
{
	(void)ssl;
	if (bench.ticket_count == TICKETS_MOST)
		return 0;
	bench.tickets[bench.ticket_count++] = ticket;
	return 1; /* ours now */
}

static void use_ticket(SSL *ssl)
{
	SSL_SESSION *ticket;

	if (!bench.resume || bench.ticket_count == 0)
		return;
	ticket = bench.tickets[--bench.ticket_count];
	if (SSL_set_session(ssl, ticket) != 1)
		die("SSL_set_session");
	SSL_SESSION_free(ticket);
}

static void open_socket(struct fetch *f)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				 .data.ptr = f };
	int on = 1;

	f->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (f->fd < 0 || setsockopt(f->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		die("socket");
	if (connect(f->fd, (struct sockaddr *)&bench.address, sizeof(bench.address)) != 0 &&
	    errno != EINPROGRESS)
		die("connect");
	if (epoll_ctl(bench.epoll, EPOLL_CTL_ADD, f->fd, &e) != 0)
		die("epoll_ctl");
}

static void begin(struct fetch *f)
{
	f->phase = PHASE_SHAKING;
	f->got = f->expected = 0;
	f->began_us = now_us();
	open_socket(f);
	f->ssl = SSL_new(bench.tls);
	if (f->ssl == NULL || SSL_set_fd(f->ssl, f->fd) != 1 ||
	    SSL_set_tlsext_host_name(f->ssl, bench.server_name) != 1)
		die("SSL_new");
	SSL_set_connect_state(f->ssl);
	use_ticket(f->ssl);
	bench.open++;
}

static void count(const struct fetch *f)
{
	uint64_t bin = (now_us() - f->began_us) / BIN_US;

	bench.latency[bin < BINS ? bin : BINS - 1]++;
	bench.done++;
	bench.bytes += f->got;
	if (SSL_session_reused(f->ssl))
		bench.resumed++;
	(void)snprintf(bench.agreed, sizeof(bench.agreed), "%s %s", SSL_get_version(f->ssl),
		       SSL_get_cipher_name(f->ssl));
}

/* The first few are told. */
static void count_failure(const struct fetch *f)
{
	if (bench.failed++ < 5)
		fprintf(stderr, "fresh: failed %s, %zu of %zu bytes, after %llu us: %s\n",
			f->phase == PHASE_SHAKING ? "shaking hands" : "reading", f->got,
			f->expected, (unsigned long long)(now_us() - f->began_us),
			ERR_reason_error_string(ERR_peek_last_error()));
}

static void finish(struct fetch *f)
{
	if (f->expected > 0 && f->got == f->expected)
		count(f);
	else
		count_failure(f);
	/* The server has closed: a close_notify sent to it now would only be answered by a reset.
	 */
	SSL_set_shutdown(f->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(f->ssl);
	(void)close(f->fd);
	f->phase = PHASE_ENDED;
	bench.open--;
	if (now_us() < bench.end_us)
		begin(f);
}

/* --- its answer ---------------------------------------------------------------------------- */

/* Sets f->expected once the head is complete; an answer other than 200 stays without. */
static void read_head(struct fetch *f)
{
	const char *end, *length;

	f->head[f->got < HEAD_MOST ? f->got : HEAD_MOST] = '\0';
	end = strstr(f->head, "\r\n\r\n");
	length = strcasestr(f->head, "\r\ncontent-length:");
	if (end == NULL || length == NULL || length > end ||
	    strncmp(f->head, "HTTP/1.1 200 ", 13) != 0)
		return;
	f->expected =
	    (size_t)(end - f->head) + 4 + strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
}

static void take(struct fetch *f, const char *data, size_t length)
{
	size_t room = f->got < HEAD_MOST ? HEAD_MOST - f->got : 0;

	if (f->expected == 0)
		memcpy(f->head + f->got, data, length < room ? length : room);
	f->got += length;
	if (f->expected == 0)
		read_head(f);
}

/* False: wait for the socket. True: the connection is over. */
static bool receive(struct fetch *f)
{
	static char data[32768];
	size_t length;

	while (SSL_read_ex(f->ssl, data, sizeof(data), &length) == 1)
		take(f, data, length);
	return SSL_get_error(f->ssl, 0) != SSL_ERROR_WANT_READ;
}

/* As receive(). */
static bool shake(struct fetch *f)
{
	int result = SSL_do_handshake(f->ssl), error;
	size_t sent;

	if (result == 1) {
		f->phase = PHASE_READING;
		return SSL_write_ex(f->ssl, bench.request, bench.request_length, &sent) != 1;
	}
	error = SSL_get_error(f->ssl, result);
	return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
}

static void run(struct fetch *f)
{
	bool over = false;

	ERR_clear_error();
	if (f->phase == PHASE_SHAKING)
		over = shake(f);
	if (!over && f->phase == PHASE_READING)
		over = receive(f);
	if (over)
		finish(f);
}

/* Until the time is over and the last answer is there; those that hang are failures. */
static void loop(void)
{
	struct epoll_event events[256];

	while (bench.open > 0) {
		int ready = epoll_wait(bench.epoll, events, COUNT_OF(events), STUCK_MS);

		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		if (ready == 0)
			return;
		for (int i = 0; i < ready; i++)
			run(events[i].data.ptr);
	}
}

/* --- the whole ----------------------------------------------------------------------------- */

static void prepare_tls(void)
{
	bench.tls = SSL_CTX_new(TLS_client_method());
	if (bench.tls == NULL || SSL_CTX_set_min_proto_version(bench.tls, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set1_groups_list(bench.tls, "X25519:P-256") != 1)
		die("TLS");
	SSL_CTX_set_verify(bench.tls, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_options(bench.tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (!bench.resume)
		return;
	SSL_CTX_set_session_cache_mode(bench.tls,
				       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(bench.tls, keep_ticket);
}

static void prepare_address(const char *address, const char *port)
{
	uint64_t number;

	if (!slice_to_u64(slice_of(port), &number) || number > UINT16_MAX ||
	    inet_pton(AF_INET, address, &bench.address.sin_addr) != 1) {
		fprintf(stderr, "fresh: not an address and port: %s %s\n", address, port);
		exit(2);
	}
	bench.address.sin_family = AF_INET;
	bench.address.sin_port = htons((uint16_t)number);
}

static void prepare_request(void)
{
	bench.request_length = fread(bench.request, 1, sizeof(bench.request), stdin);
	if (bench.request_length == 0 || bench.request_length == sizeof(bench.request)) {
		fprintf(stderr, "fresh: standard input is not a request\n");
		exit(2);
	}
}

static double latency_ms(double share)
{
	uint64_t wanted = (uint64_t)((double)bench.done * share), seen = 0;

	for (unsigned bin = 0; bin < BINS; bin++) {
		seen += bench.latency[bin];
		if (seen > wanted)
			return (bin + 0.5) * BIN_US / 1000;
	}
	return (double)BINS * BIN_US / 1000;
}

static void report(double seconds)
{
	printf("{\"done\":%llu,\"failed\":%llu,\"seconds\":%.6f,\"resumed\":%llu,\"bytes\":%llu,"
	       "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"tls\":\"%s\"}\n",
	       (unsigned long long)bench.done, (unsigned long long)bench.failed, seconds,
	       (unsigned long long)bench.resumed, (unsigned long long)bench.bytes, latency_ms(0.5),
	       latency_ms(0.99), bench.agreed);
}

int main(int argc, char **argv)
{
	static struct fetch fetches[CONNECTIONS_MOST];
	uint64_t connections, seconds, began;

	bench.resume = argc > 1 && strcmp(argv[1], "--resume") == 0;
	argv += bench.resume;
	argc -= bench.resume;
	if (argc != 6 || !slice_to_u64(slice_of(argv[4]), &connections) || connections == 0 ||
	    connections > CONNECTIONS_MOST || !slice_to_u64(slice_of(argv[5]), &seconds)) {
		fprintf(stderr, "usage: fresh [--resume] ADDRESS PORT SERVER-NAME CONNECTIONS "
				"SECONDS <REQUEST\n");
		return 2;
	}
	prepare_address(argv[1], argv[2]);
	bench.server_name = argv[3];
	prepare_request();
	prepare_tls();
	bench.epoll = epoll_create1(EPOLL_CLOEXEC);
	began = now_us();
	bench.end_us = began + seconds * 1000000;
	for (unsigned i = 0; i < connections; i++)
		begin(&fetches[i]);
	loop();
	for (unsigned i = 0; i < connections; i++)
		if (fetches[i].phase != PHASE_ENDED)
			count_failure(&fetches[i]);
	report((double)(now_us() - began) / 1e6);
	return 0;
}
