/* What the clients of `make bench` share: TLS connections that never wait, answers as they come in,
 * latencies. */
#ifndef SUYUAN_TESTS_BENCH_CLIENT_H
#define SUYUAN_TESTS_BENCH_CLIENT_H

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
	HEAD_MOST = 4096,
	BIN_US = 10, /* of the latencies; the last bin holds all above one second */
	BINS = 100000,
};

static inline uint64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static inline void __attribute__((noreturn)) die(const char *what)
{
	perror(what);
	exit(1);
}

/* False: no IPv4 address and port. */
static inline bool address_of(const char *address, const char *port, struct sockaddr_in *ret)
{
	struct sockaddr_in found = { .sin_family = AF_INET };
	uint64_t number;

	if (!slice_to_u64(slice_of(port), &number) || number > UINT16_MAX ||
	    inet_pton(AF_INET, address, &found.sin_addr) != 1)
		return false;
	found.sin_port = htons((uint16_t)number);
	*ret = found;
	return true;
}

/* A socket on its way to the address; `epoll` tells `data` of it. */
static inline int socket_open(const struct sockaddr_in *address, int epoll, void *data)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
				 .data.ptr = data };
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		die("socket");
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
	    errno != EINPROGRESS)
		die("connect");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0)
		die("epoll_ctl");
	return fd;
}

/* The client's side of TLS on that socket, before the handshake. */
static inline SSL *tls_begin(SSL_CTX *tls, int fd, const char *server_name)
{
	SSL *ssl = SSL_new(tls);

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 ||
	    SSL_set_tlsext_host_name(ssl, server_name) != 1)
		die("SSL_new");
	SSL_set_connect_state(ssl);
	return ssl;
}

/* An answer as far as it came. Certificates are not verified and bodies not looked at. */
struct answer {
	size_t got;	 /* bytes */
	size_t expected; /* 0: the head is not complete yet */
	char head[HEAD_MOST + 1];
};

/* Sets a->expected once the head is complete, if the status line is a good one. */
static inline void answer_read_head(struct answer *a, bool (*is_good)(const char *head))
{
	static const char wanted[] = "\r\ncontent-length:";
	const char *end, *length;

	a->head[a->got < HEAD_MOST ? a->got : HEAD_MOST] = '\0';
	end = strstr(a->head, "\r\n\r\n");
	length = strcasestr(a->head, wanted);
	if (end != NULL && length != NULL && length < end && is_good(a->head))
		a->expected =
		    (size_t)(end - a->head) + 4 + strtoul(length + strlen(wanted), NULL, 10);
}

static inline void answer_take(struct answer *a, const char *data, size_t length,
			       bool (*is_good)(const char *head))
{
	size_t room = a->got < HEAD_MOST ? HEAD_MOST - a->got : 0;

	if (a->expected == 0)
		memcpy(a->head + a->got, data, length < room ? length : room);
	a->got += length;
	if (a->expected == 0)
		answer_read_head(a, is_good);
}

static inline bool answer_is_whole(const struct answer *a)
{
	return a->expected > 0 && a->got == a->expected;
}

struct latencies {
	uint64_t count, slowest_us;
	uint32_t bins[BINS];
};

static inline void latencies_add(struct latencies *l, uint64_t us)
{
	uint64_t bin = us / BIN_US;

	l->bins[bin < BINS ? bin : BINS - 1]++;
	l->count++;
	if (us > l->slowest_us)
		l->slowest_us = us;
}

/* Below which that share of them lies. */
static inline double latencies_ms(const struct latencies *l, double share)
{
	uint64_t wanted = (uint64_t)((double)l->count * share), seen = 0;

	for (unsigned bin = 0; bin < BINS; bin++) {
		seen += l->bins[bin];
		if (seen > wanted)
			return (bin + 0.5) * BIN_US / 1000;
	}
	return (double)BINS * BIN_US / 1000;
}

#endif
