/* Reads and checks certificate and key. */
#include "web/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "web/metrics.h"
#include "web/orders.h"
#include "web/tls.h"

static bool read_all(int fd, struct buf *to)
{
	for (;;) {
		char *room = buf_reserve(to, to->maximum - to->length);
		ssize_t got = room == NULL ? 0 : read(fd, room, to->maximum - to->length);

		if (got < 0)
			return false;
		if (got == 0)
			return true;
		to->length += (size_t)got;
	}
}

/* An empty file and one that fills the buffer to its end are refused: the latter may be cut. */
static bool read_file(const char *setting, const char *path, struct buf *to, char *why,
		      size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && read_all(fd, to);

	if (!good)
		(void)snprintf(why, why_size, "%s: %s: %s", setting, path, strerror(errno));
	else if (to->length == 0 || to->length >= to->maximum - 1)
		(void)snprintf(why, why_size, "%s: %s: %s", setting, path,
			       to->length == 0 ? "empty" : "too large");
	if (fd >= 0)
		close(fd);
	return good && to->length > 0 && to->length < to->maximum - 1;
}

static void wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->capacity);
	buf_release(b);
}

/* When the leaf expires, in seconds since 1970; 0 when it does not say. */
static uint64_t end_of(struct slice certificate)
{
	BIO *pem = BIO_new_mem_buf(certificate.data, (int)certificate.length);
	X509 *leaf = pem == NULL ? NULL : PEM_read_bio_X509(pem, NULL, NULL, NULL);
	struct tm end;
	time_t at = -1;

	if (leaf != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(leaf), &end) == 1)
		at = timegm(&end);
	X509_free(leaf);
	BIO_free(pem);
	return at < 0 ? 0 : (uint64_t)at;
}

static void publish(const struct identity *i)
{
	orders_set_identity(i->certificate, i->key);
	metric_set(METRIC_CERTIFICATE_END, end_of(i->certificate));
}

/* Reads both, and gives them to `use` (which may be NULL) if they are good. */
static bool take(const struct settings *s, void (*use)(const struct identity *i), char *why,
		 size_t why_size)
{
	struct identity identity = { .generation = 0 };
	struct buf certificate, key;
	char reason[256];
	bool good;

	buf_init(&certificate, ORDERS_CERTIFICATE_MAXIMUM);
	buf_init(&key, ORDERS_KEY_MAXIMUM);
	good = read_file("tls_certificate", s->tls_certificate, &certificate, why, why_size) &&
	       read_file("tls_key", s->tls_key, &key, why, why_size);
	if (good) {
		identity.certificate = buf_slice(&certificate);
		identity.key = buf_slice(&key);
		good = tls_check(&identity, reason, sizeof(reason));
		if (!good)
			(void)snprintf(why, why_size, "%s (%s, %s)", reason, s->tls_certificate,
				       s->tls_key);
		else if (use != NULL)
			use(&identity);
	}
	buf_release(&certificate);
	wipe(&key);
	return good;
}

bool identity_publish(const struct settings *s, char *why, size_t why_size)
{
	bool good = take(s, publish, why, why_size);

	metric_add(good ? METRIC_CERTIFICATE_LOADS : METRIC_CERTIFICATE_REFUSALS, 1);
	return good;
}

bool identity_check(const struct settings *s, char *why, size_t why_size)
{
	return take(s, NULL, why, why_size);
}
