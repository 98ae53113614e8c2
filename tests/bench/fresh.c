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
 * It would rather have AES-128-GCM, as the browsers of phones: a server may choose otherwise.
 *
 * Prints one line of JSON. Certificates are not verified here: that would cost the client more than
 * the server, and `make bench` has verified the same one with curl.
 */
#include "client.h"

enum {
	CONNECTIONS_MOST = 1024,
	TICKETS_MOST = 4096,
	REQUEST_MOST = 4096,
	STUCK_MS = 2000, /* nothing happens for so long: given up */
};

enum phase { PHASE_SHAKING, PHASE_READING, PHASE_ENDED };

struct fetch {
	int fd;
	enum phase phase;
	SSL *ssl;
	uint64_t began_us;
	struct answer answer;
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
	uint64_t failed, resumed, bytes;
	struct latencies latencies;
	char agreed[128]; /* protocol and cipher of the last connection */
} bench;

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

static void begin(struct fetch *f)
{
	f->phase = PHASE_SHAKING;
	answer_clear(&f->answer);
	f->began_us = now_us();
	f->fd = socket_open(&bench.address, bench.epoll, f);
	f->ssl = tls_begin(bench.tls, f->fd, bench.server_name);
	use_ticket(f->ssl);
	bench.open++;
}

static void count(const struct fetch *f)
{
	latencies_add(&bench.latencies, now_us() - f->began_us);
	bench.bytes += f->answer.got;
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
			f->phase == PHASE_SHAKING ? "shaking hands" : "reading", f->answer.got,
			f->answer.expected, (unsigned long long)(now_us() - f->began_us),
			ERR_reason_error_string(ERR_peek_last_error()));
}

static void finish(struct fetch *f)
{
	if (answer_is_whole(&f->answer))
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

/* An answer other than 200 never counts. */
static bool is_good(unsigned status)
{
	return status == 200;
}

/* False: wait for the socket. True: the connection is over. */
static bool receive(struct fetch *f)
{
	static char data[32768];
	size_t length;

	while (SSL_read_ex(f->ssl, data, sizeof(data), &length) == 1)
		answer_take(&f->answer, data, length, is_good);
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
	    SSL_CTX_set_ciphersuites(bench.tls, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
						"TLS_CHACHA20_POLY1305_SHA256") != 1 ||
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

static void prepare_request(void)
{
	bench.request_length = fread(bench.request, 1, sizeof(bench.request), stdin);
	if (bench.request_length == 0 || bench.request_length == sizeof(bench.request)) {
		fprintf(stderr, "fresh: standard input is not a request\n");
		exit(2);
	}
}

static void report(double seconds)
{
	printf("{\"done\":%llu,\"failed\":%llu,\"seconds\":%.6f,\"resumed\":%llu,\"bytes\":%llu,"
	       "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"tls\":\"%s\"}\n",
	       (unsigned long long)bench.latencies.count, (unsigned long long)bench.failed, seconds,
	       (unsigned long long)bench.resumed, (unsigned long long)bench.bytes,
	       latencies_ms(&bench.latencies, 0.5), latencies_ms(&bench.latencies, 0.99),
	       bench.agreed);
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
	if (!address_of(argv[1], argv[2], &bench.address)) {
		fprintf(stderr, "fresh: not an address and port: %s %s\n", argv[1], argv[2]);
		return 2;
	}
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
