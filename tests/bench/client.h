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
	size_t expected; /* 0: the head is not complete yet, or its status is not a good one */
	unsigned status;
	size_t kept; /* in `head`, of one that comes in parts */
	char head[HEAD_MOST];
};

/* The value of a line of that name, in a head of one that answers as all servers do. */
static inline bool answer_value(struct slice line, struct slice name, uint64_t *ret_value)
{
	return line.length > name.length &&
	       slice_equal_nocase((struct slice){ line.data, name.length }, name) &&
	       slice_to_u64(slice_trim(slice_from(line, name.length)), ret_value);
}

/* False: the head is not complete, or no good one. */
static inline bool answer_read_head(struct answer *a, struct slice head,
				    bool (*is_good)(unsigned status))
{
	static const struct slice version = SLICE("HTTP/1.1 ");
	struct slice rest = head, line;
	uint64_t status, length;
	bool has_length = false;

	if (!slice_cut(&rest, '\n', &line) || line.length < version.length + 3 ||
	    !slice_starts(line, version) ||
	    !slice_to_u64((struct slice){ line.data + version.length, 3 }, &status))
		return false;
	while (slice_cut(&rest, '\n', &line) && line.length > 1)
		has_length = has_length || answer_value(line, S("content-length:"), &length);
	if (rest.data == NULL || !has_length || !is_good((unsigned)status))
		return false;
	a->status = (unsigned)status;
	a->expected = (size_t)(rest.data - head.data) + length;
	return true;
}

static inline void answer_keep(struct answer *a, const char *data, size_t length)
{
	size_t room = HEAD_MOST - a->kept;

	if (length > room)
		length = room;
	memcpy(a->head + a->kept, data, length);
	a->kept += length;
}

/* Most heads come whole and are read where they are. */
static inline void answer_take(struct answer *a, const char *data, size_t length,
			       bool (*is_good)(unsigned status))
{
	bool first = a->got == 0;

	a->got += length;
	if (a->expected > 0 ||
	    (first && answer_read_head(a, (struct slice){ data, length }, is_good)))
		return;
	answer_keep(a, data, length);
	(void)answer_read_head(a, (struct slice){ a->head, a->kept }, is_good);
}

static inline void answer_clear(struct answer *a)
{
	a->got = a->expected = a->kept = 0;
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
