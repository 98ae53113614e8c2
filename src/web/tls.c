/* The TLS context of a worker, and reading and writing through it. */
#include "web/tls.h"

#include <errno.h>
#include <kore/kore.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include "web/metrics.h"

static SSL_CTX *context;

static bool refuse(char *why, size_t why_size, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code == 0 ? NULL : ERR_reason_error_string(code);

	(void)snprintf(why, why_size, "%s%s%s", what, reason == NULL ? "" : ": ",
		       reason == NULL ? "" : reason);
	ERR_clear_error();
	return false;
}

static bool load_chain(SSL_CTX *ctx, BIO *pem)
{
	X509 *certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL);
	bool good = certificate != NULL && SSL_CTX_use_certificate(ctx, certificate) == 1;

	X509_free(certificate);
	while (good && (certificate = PEM_read_bio_X509(pem, NULL, NULL, NULL)) != NULL) {
		good = SSL_CTX_add0_chain_cert(ctx, certificate) == 1;
		if (!good)
			X509_free(certificate);
	}
	if (good && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return false; /* the chain ends in the middle of a certificate */
	if (good)
		ERR_clear_error();
	return good;
}

/* A key that asks for a pass phrase must fail, not wait for a terminal. */
static int no_passphrase(char *room, int size, int writing, void *arg)
{
	(void)room;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static bool load_key(SSL_CTX *ctx, BIO *pem)
{
	EVP_PKEY *key = PEM_read_bio_PrivateKey(pem, NULL, no_passphrase, NULL);
	bool good = key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1;

	EVP_PKEY_free(key);
	return good;
}

static bool load_identity(SSL_CTX *ctx, const struct identity *i, char *why, size_t why_size)
{
	BIO *certificate = BIO_new_mem_buf(i->certificate.data, (int)i->certificate.length);
	BIO *key = BIO_new_mem_buf(i->key.data, (int)i->key.length);
	bool good = false;

	ERR_clear_error();
	if (certificate == NULL || key == NULL)
		(void)refuse(why, why_size, "out of memory");
	else if (!load_chain(ctx, certificate))
		(void)refuse(why, why_size, "tls_certificate is not a PEM certificate chain");
	else if (!load_key(ctx, key))
		(void)refuse(why, why_size,
			     "tls_key is not the PEM private key of the certificate");
	else if (SSL_CTX_check_private_key(ctx) != 1)
		(void)refuse(why, why_size, "tls_key does not match the certificate");
	else
		good = true;
	BIO_free(certificate);
	BIO_free(key);
	return good;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_length,
			   const unsigned char *in, unsigned in_length, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto((unsigned char **)(uintptr_t)out, out_length, ours,
				  sizeof(ours) - 1, in, in_length) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301, 3.2 */
	return SSL_TLSEXT_ERR_OK;
}

static void set_options(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
				/* A client that ends without saying so has ended all the same. */
				SSL_OP_IGNORE_UNEXPECTED_EOF);
	/* 18.6 instead of 28.1 KB for an idle connection; one read() a record. */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
	/* The chain is the file's; OpenSSL would look for the rest of it in each handshake. */
	SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_num_tickets(ctx, 1); /* each costs 7 % of a handshake */
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
}

static bool set_algorithms(SSL_CTX *ctx)
{
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ctx,
				       "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
				       "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
				       "ECDHE-ECDSA-AES256-GCM-SHA384:"
				       "ECDHE-RSA-AES256-GCM-SHA384") == 1 &&
	       SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:"
					     "TLS_AES_256_GCM_SHA384") == 1 &&
	       SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
}

static SSL_CTX *context_new(const struct identity *i, char *why, size_t why_size)
{
	static const unsigned char session_scope[] = "suyuan";
	unsigned char ticket_keys[ORDERS_TICKET_KEYS];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool good;

	if (ctx == NULL) {
		(void)refuse(why, why_size, "no TLS context");
		return NULL;
	}
	set_options(ctx);
	/* The same keys in every worker, or a ticket is worth nothing at the next one. */
	memcpy(ticket_keys, i->ticket_keys, sizeof(ticket_keys));
	good = set_algorithms(ctx) &&
	       SSL_CTX_set_tlsext_ticket_keys(ctx, ticket_keys, sizeof(ticket_keys)) == 1 &&
	       SSL_CTX_set_session_id_context(ctx, session_scope, sizeof(session_scope) - 1) == 1;
	OPENSSL_cleanse(ticket_keys, sizeof(ticket_keys));
	if (!good)
		(void)refuse(why, why_size, "no TLS context");
	if (good && load_identity(ctx, i, why, why_size))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}

bool tls_check(const struct identity *identity, char *why, size_t why_size)
{
	SSL_CTX *ctx = context_new(identity, why, why_size);

	SSL_CTX_free(ctx);
	return ctx != NULL;
}

bool tls_use(const struct identity *identity, char *why, size_t why_size)
{
	SSL_CTX *ctx = context_new(identity, why, why_size);

	if (ctx == NULL)
		return false;
	SSL_CTX_free(context); /* connections hold references of their own */
	context = ctx;
	return true;
}

void tls_forget(void)
{
	SSL_CTX_free(context);
	context = NULL;
}

/* --- the way to the socket ------------------------------------------------------------------- */

/* The record being written is not the last: the kernel may wait for the next one. */
static bool more_follows;
/* Whose ticket waits for the answer that is to follow; of this turn only, never looked into. */
static const struct connection *holding;

/*
 * The ticket, when the request is already here. A client that sends its request in a packet of its
 * own may wait (RFC 896) until the end of its handshake is acknowledged: the ticket does that at
 * once.
 */
static bool is_ticket_before_answer(const struct connection *c)
{
	return SSL_get_state(c->ssl) == TLS_ST_SW_SESSION_TICKET &&
	       SSL_version(c->ssl) == TLS1_3_VERSION && SSL_has_pending(c->ssl) == 1;
}

static bool is_farewell(const struct connection *c)
{
	return (SSL_get_shutdown(c->ssl) & SSL_SENT_SHUTDOWN) != 0;
}

/*
 * Nothing follows the farewell: the end of the connection goes with it. close() alone would throw
 * away what still waits to be sent, where the client has sent something that nobody read.
 */
static ssize_t send_farewell(int fd, const char *data, size_t length)
{
	ssize_t sent = send(fd, data, length, MSG_NOSIGNAL | MSG_MORE);

	(void)shutdown(fd, SHUT_WR);
	return sent;
}

static ssize_t send_record(const struct connection *c, const char *data, size_t length)
{
	bool hold = !more_follows && is_ticket_before_answer(c);

	holding = hold ? c : NULL;
	if (is_farewell(c))
		return send_farewell(c->fd, data, length);
	return send(c->fd, data, length, MSG_NOSIGNAL | (more_follows || hold ? MSG_MORE : 0));
}

/*
 * As OpenSSL's own way to a socket, but what belongs together leaves in as few packets as it fits:
 * the end of an answer with its beginning, the farewell with the end, the end of the connection
 * with the farewell, the ticket with the answer.
 */
static int socket_write(BIO *bio, const char *data, int length)
{
	ssize_t sent = send_record(BIO_get_data(bio), data, (size_t)length);

	BIO_clear_retry_flags(bio);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_write(bio);
	return (int)sent;
}

/*
 * Whoever gets less than there was room for has emptied the socket, and an event will tell of what
 * comes later: to ask once more in vain would be a system call for each request. Behind the last
 * bytes of a client that stopped sending no event comes any more.
 */
static int socket_read(BIO *bio, char *to, int room)
{
	struct connection *c = BIO_get_data(bio);
	ssize_t got = recv(c->fd, to, (size_t)room, 0);

	BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY | BIO_FLAGS_IN_EOF);
	if (got == 0)
		BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
	else if (got < 0 && (errno == EAGAIN || errno == EINTR))
		BIO_set_retry_read(bio);
	else if (got > 0 && got < room && (c->evt.flags & KORE_EVENT_ERROR) == 0)
		c->evt.flags &= ~KORE_EVENT_READ;
	return (int)got;
}

/* What came with the end of the handshake was no whole request. */
static void let_go_of_ticket(const struct connection *c)
{
	const int on = 1;

	if (holding == c)
		(void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* sends it */
	holding = NULL;
}

static long socket_control(BIO *bio, int command, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static const BIO_METHOD *socket_method(void)
{
	static BIO_METHOD *method;

	if (method != NULL)
		return method;
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "suyuan socket");
	if (method == NULL || BIO_meth_set_read(method, socket_read) != 1 ||
	    BIO_meth_set_write(method, socket_write) != 1 ||
	    BIO_meth_set_ctrl(method, socket_control) != 1)
		abort(); /* no memory, as a worker begins */
	return method;
}

static bool tie(struct connection *c)
{
	BIO *bio = BIO_new(socket_method());

	if (bio == NULL)
		return false;
	BIO_set_data(bio, c);
	BIO_set_init(bio, 1);
	SSL_set_bio(c->ssl, bio, bio);
	return true;
}

/* --- steps ----------------------------------------------------------------------------------- */

/* What became of an SSL_* call that returned `result` <= 0. */
static enum tls_result result_of(struct connection *c, int result)
{
	switch (SSL_get_error(c->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		c->evt.flags &= ~KORE_EVENT_READ;
		return TLS_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		c->evt.flags &= ~KORE_EVENT_WRITE;
		return TLS_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_END;
	default:
		return TLS_FAILED;
	}
}

static void count_handshake(const SSL *ssl)
{
	bool resumed = SSL_session_reused(ssl) == 1;

	if (SSL_version(ssl) == TLS1_2_VERSION)
		metric_add(resumed ? METRIC_TLS_12_RESUMED : METRIC_TLS_12, 1);
	else
		metric_add(resumed ? METRIC_TLS_13_RESUMED : METRIC_TLS_13, 1);
}

enum tls_result tls_accept(struct connection *c)
{
	int result;

	ERR_clear_error();
	if (c->ssl == NULL) {
		c->ssl = SSL_new(context);
		if (c->ssl == NULL || !tie(c))
			return TLS_FAILED;
	}
	result = SSL_accept(c->ssl);
	if (result == 1) {
		count_handshake(c->ssl);
		return TLS_DONE;
	}
	return result_of(c, result) == TLS_AGAIN ? TLS_AGAIN : TLS_FAILED;
}

/*
 * The handshake reads without waiting for an event, and what it read ahead may be the whole
 * request: then no event ever tells of it.
 */
bool tls_may_read(struct connection *c)
{
	if ((c->evt.flags & KORE_EVENT_READ) != 0 || SSL_has_pending(c->ssl) == 1)
		return true;
	let_go_of_ticket(c);
	return false;
}

enum tls_result tls_read(struct connection *c, char *to, size_t size, size_t *ret_got)
{
	int result;

	ERR_clear_error();
	result = SSL_read_ex(c->ssl, to, size, ret_got);
	if (result == 1)
		return TLS_DONE;
	let_go_of_ticket(c);
	return result_of(c, result);
}

enum tls_result tls_write(struct connection *c, const void *data, size_t size, bool more,
			  size_t *ret_sent)
{
	int result;

	ERR_clear_error();
	more_follows = more;
	result = SSL_write_ex(c->ssl, data, size, ret_sent);
	more_follows = false;
	return result == 1 ? TLS_DONE : result_of(c, result);
}

void tls_close(struct connection *c)
{
	ERR_clear_error();
	(void)SSL_shutdown(c->ssl);
}

void tls_cut(struct connection *c)
{
	const struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

	SSL_set_quiet_shutdown(c->ssl, 1);
	(void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
}

struct slice tls_server_name(const struct connection *c)
{
	return slice_of(SSL_get_servername(c->ssl, TLSEXT_NAMETYPE_host_name));
}
