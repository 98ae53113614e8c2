/*
 * TLS 1.2 and 1.3 on Kore's connections, all in the worker. Kore 4.1 hands signing to another
 * process in a way that OpenSSL 3 ignores, so its own TLS never completes a handshake
 * (upstream commit a54f806); nothing of it is used.
 */
#ifndef SUYUAN_WEB_TLS_H
#define SUYUAN_WEB_TLS_H

#include "web/orders.h"

struct connection;

/*
 * Makes certificate and key the ones for new connections. Open connections keep theirs. When
 * they cannot be used (unreadable, no match) the old ones stay, false, and `why` says it without
 * showing the key.
 */
MUSTCHECK bool tls_use(const struct identity *identity, char *why, size_t why_size);
/* Only the check of the above. */
MUSTCHECK bool tls_check(const struct identity *identity, char *why, size_t why_size);
void tls_forget(void);

enum tls_result {
	TLS_DONE,
	TLS_AGAIN,  /* wait for the loop; the event flag is cleared */
	TLS_END,    /* the client has said all it will say; writing still works */
	TLS_FAILED, /* the connection is broken */
};

/* One step of the handshake. */
MUSTCHECK enum tls_result tls_accept(struct connection *c);
/* False: nothing has come that tls_read() could give; the event flag says when something has. */
MUSTCHECK bool tls_may_read(struct connection *c);
/* Up to `size` bytes. */
MUSTCHECK enum tls_result tls_read(struct connection *c, char *to, size_t size, size_t *ret_got);
/*
 * Sends a prefix; TLS_AGAIN must be repeated with the same bytes. `more`: something else is sent
 * right after, so that this may wait to share its packet.
 */
MUSTCHECK enum tls_result tls_write(struct connection *c, const void *data, size_t size, bool more,
				    size_t *ret_sent);
/* Tells the client that nothing more will come. */
void tls_close(struct connection *c);
/*
 * Makes the end of the connection, which is to follow, one that nobody can take for orderly: no
 * farewell, and a reset.
 */
void tls_cut(struct connection *c);
/* The server name the client asked for (SNI); {NULL, 0} when it did not. */
struct slice tls_server_name(const struct connection *c);

#endif
