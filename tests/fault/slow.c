/*
 * A crowd of clients that are as slow as they can be, from many addresses; who is cut comes again.
 *
 *   usage: slow [--connections N] [--sources N] [--seconds N] [--drip MS] PORT PATH
 *
 * A sixth of them each: says nothing at all; drips the TLS greeting; says nothing after the
 * handshake; drips a head; drips the body of a form at PATH; asks for PATH very often and drips the
 * answers out of a tiny buffer. "Drips" means a byte (of answers: 64) every MS milliseconds
 * (default 400). Addresses are 127.0.2.1 and on. Prints one line of JSON: for each kind how many
 * connections were opened, how many the server ended, and the longest one lived, in ms; and how
 * many stood at the end.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
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
	CONNECTIONS_MOST = 20000,
	PIPELINED = 200,
	READ_AT_ONCE = 64,
};

enum kind { KIND_MUTE, KIND_HELLO, KIND_SILENT, KIND_HEAD, KIND_BODY, KIND_READ, KIND_COUNT };

static const char *const names[KIND_COUNT] = { "mute", "hello", "silent", "head", "body", "read" };

struct client {
	enum kind kind;
	int fd; /* -1: to be opened */
	SSL *ssl;
	bool shaken, greeted;
	uint64_t born_ms, drip_ms;
	unsigned dripped;
};

static struct {
	SSL_CTX *tls;
	struct sockaddr_in address;
	const char *path;
	uint64_t connections, sources, seconds, drip_ms;
	int epoll;
	uint64_t next_source;
	struct client *clients;
	uint64_t opened[KIND_COUNT], cut[KIND_COUNT], longest_ms[KIND_COUNT], standing[KIND_COUNT];
} slow;

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* --- coming and going ------------------------------------------------------------------------ */

static void note_age(const struct client *c)
{
	uint64_t age = now_ms() - c->born_ms;

	if (age > slow.longest_ms[c->kind])
		slow.longest_ms[c->kind] = age;
}

static void end(struct client *c)
{
	note_age(c);
	slow.cut[c->kind]++;
	if (c->ssl != NULL) {
		SSL_set_shutdown(c->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
		SSL_free(c->ssl);
	}
	(void)close(c->fd);
	c->fd = -1;
	c->ssl = NULL;
}

static void open_socket(struct client *c)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	uint64_t number = slow.next_source++ % slow.sources;
	const int on = 1, tiny = 2304;

	from.sin_addr.s_addr =
	    htonl(0x7F000201u + (uint32_t)(number / 250 * 256) + (uint32_t)(number % 250));
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) != 0 ||
	    bind(c->fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		die("socket");
	if (c->kind == KIND_READ)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny));
	(void)connect(c->fd, (struct sockaddr *)&slow.address, sizeof(slow.address));
}

static void begin(struct client *c)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				 .data.ptr = c };

	c->shaken = c->greeted = false;
	c->dripped = 0;
	c->born_ms = now_ms();
	c->drip_ms = c->born_ms + slow.drip_ms;
	open_socket(c);
	if (c->kind > KIND_HELLO) {
		c->ssl = SSL_new(slow.tls);
		if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
		    SSL_set_tlsext_host_name(c->ssl, "localhost") != 1)
			die("SSL_new");
		SSL_set_connect_state(c->ssl);
	}
	if (epoll_ctl(slow.epoll, EPOLL_CTL_ADD, c->fd, &e) != 0)
		die("epoll_ctl");
	slow.opened[c->kind]++;
}

/* --- what they say --------------------------------------------------------------------------- */

/* All of them at once; the answers are what they are slow with. */
static void ask_often(struct client *c)
{
	char text[512];
	size_t sent;
	int length =
	    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", slow.path);

	for (unsigned i = 0; i < PIPELINED; i++)
		if (SSL_write_ex(c->ssl, text, (size_t)length, &sent) != 1)
			return;
}

static void greet(struct client *c)
{
	char text[512];
	size_t sent;
	int length = 0;

	c->greeted = true;
	if (c->kind == KIND_HEAD)
		length = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n",
				  slow.path);
	if (c->kind == KIND_BODY)
		length =
		    snprintf(text, sizeof(text),
			     "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
			     "application/x-www-form-urlencoded\r\nContent-Length: 400\r\n\r\npin=",
			     slow.path);
	if (length > 0)
		(void)SSL_write_ex(c->ssl, text, (size_t)length, &sent);
	if (c->kind == KIND_READ)
		ask_often(c);
}

/* Whether the other side is still there, without taking from it more than it must. */
static bool stands(struct client *c)
{
	char data[READ_AT_ONCE];
	ssize_t got = recv(c->fd, data, sizeof(data), MSG_PEEK | MSG_DONTWAIT);

	return got > 0 || (got < 0 && (errno == EAGAIN || errno == ENOTCONN));
}

/* False: the connection is over. */
static bool hears(struct client *c)
{
	char data[READ_AT_ONCE];
	size_t length;

	if (c->kind == KIND_READ)
		return stands(c);
	while (SSL_read_ex(c->ssl, data, sizeof(data), &length) == 1)
		;
	return SSL_get_error(c->ssl, 0) == SSL_ERROR_WANT_READ;
}

static bool shakes(struct client *c)
{
	int result = SSL_do_handshake(c->ssl), error;

	c->shaken = result == 1;
	if (c->shaken) {
		greet(c);
		return hears(c);
	}
	error = SSL_get_error(c->ssl, result);
	return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static void run(struct client *c)
{
	bool good;

	if (c->fd < 0)
		return;
	ERR_clear_error();
	if (c->ssl == NULL)
		good = stands(c);
	else
		good = c->shaken ? hears(c) : shakes(c);
	if (!good)
		end(c);
}

/* A greeting that never ends: its record says 512 bytes, and they come one by one. */
static bool drip_hello(struct client *c)
{
	static const unsigned char start[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3 };
	unsigned char byte = c->dripped < sizeof(start) ? start[c->dripped] : 0x55;

	c->dripped++;
	return send(c->fd, &byte, 1, MSG_NOSIGNAL) == 1 || errno == EAGAIN;
}

static bool drip(struct client *c)
{
	char data[READ_AT_ONCE];
	size_t length;

	ERR_clear_error();
	if (c->kind == KIND_HELLO)
		return drip_hello(c);
	if (c->ssl == NULL || !c->shaken)
		return true;
	if (c->kind == KIND_HEAD)
		return SSL_write_ex(c->ssl, "X: a\r\n" + c->dripped++ % 6, 1, &length) == 1;
	if (c->kind == KIND_BODY)
		return SSL_write_ex(c->ssl, "b", 1, &length) == 1;
	if (c->kind == KIND_READ)
		return SSL_read_ex(c->ssl, data, sizeof(data), &length) == 1 ||
		       SSL_get_error(c->ssl, 0) == SSL_ERROR_WANT_READ;
	return true;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* Everybody's turn, and new ones for those that are gone, a few at a time. */
static void look_around(uint64_t now)
{
	static uint64_t first; /* another one each time, so that all kinds come again */
	unsigned begun = 0;

	first += 997;
	for (uint64_t i = 0; i < slow.connections; i++) {
		struct client *c = &slow.clients[(first + i) % slow.connections];

		if (c->fd < 0) {
			if (begun++ < 20)
				begin(c);
			continue;
		}
		if (now < c->drip_ms)
			continue;
		c->drip_ms = now + slow.drip_ms;
		if (!drip(c))
			end(c);
	}
}

static void loop(void)
{
	struct epoll_event events[512];
	uint64_t until = now_ms() + slow.seconds * 1000, looked = 0, now;

	while ((now = now_ms()) < until) {
		int ready = epoll_wait(slow.epoll, events, COUNT_OF(events), 10);

		if (ready < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < ready; i++)
			run(events[i].data.ptr);
		if (now < looked + 20)
			continue;
		looked = now;
		look_around(now);
	}
}

static void report(void)
{
	for (uint64_t i = 0; i < slow.connections; i++) {
		if (slow.clients[i].fd < 0)
			continue;
		note_age(&slow.clients[i]);
		slow.standing[slow.clients[i].kind]++;
	}
	for (enum kind k = 0; k < KIND_COUNT; k++)
		printf("%s\"%s\":{\"opened\":%llu,\"cut\":%llu,\"longest_ms\":%llu,"
		       "\"standing\":%llu}",
		       k == 0 ? "{" : ",", names[k], (unsigned long long)slow.opened[k],
		       (unsigned long long)slow.cut[k], (unsigned long long)slow.longest_ms[k],
		       (unsigned long long)slow.standing[k]);
	printf("}\n");
}

static void prepare(uint64_t port)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &files);
	}
	slow.address.sin_family = AF_INET;
	slow.address.sin_port = htons((uint16_t)port);
	slow.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	slow.tls = SSL_CTX_new(TLS_client_method());
	if (slow.tls == NULL || SSL_CTX_set1_groups_list(slow.tls, "X25519:P-256") != 1)
		die("TLS");
	(void)signal(SIGPIPE, SIG_IGN);
	SSL_CTX_set_verify(slow.tls, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_options(slow.tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(slow.tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
	slow.clients = calloc(slow.connections, sizeof(*slow.clients));
	slow.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (slow.clients == NULL || slow.epoll < 0)
		die("memory");
	for (uint64_t i = 0; i < slow.connections; i++)
		slow.clients[i] = (struct client){ .kind = i % KIND_COUNT, .fd = -1 };
}

static uint64_t number_of(const char *text, uint64_t most)
{
	uint64_t number;

	if (!slice_to_u64(slice_of(text), &number) || number == 0 || number > most) {
		fprintf(stderr, "slow: not a number from 1 to %llu: %s\n", (unsigned long long)most,
			text);
		exit(2);
	}
	return number;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "connections", required_argument, NULL, 'c' },
		{ "sources", required_argument, NULL, 'a' },
		{ "seconds", required_argument, NULL, 's' },
		{ "drip", required_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	slow.connections = 200;
	slow.sources = 50;
	slow.seconds = 5;
	slow.drip_ms = 400;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'c')
			slow.connections = number_of(optarg, CONNECTIONS_MOST);
		else if (option == 'a')
			slow.sources = number_of(optarg, 50000);
		else if (option == 's')
			slow.seconds = number_of(optarg, 3600);
		else if (option == 'd')
			slow.drip_ms = number_of(optarg, 60000);
		else
			return 2;
	}
	if (argc - optind != 2) {
		fprintf(stderr, "usage: slow [OPTIONS] PORT PATH\n");
		return 2;
	}
	slow.path = argv[optind + 1];
	prepare(number_of(argv[optind], UINT16_MAX));
	loop();
	report();
	return 0;
}
