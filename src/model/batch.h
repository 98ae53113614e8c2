/*
 * A batch of codes is one small record: product, key, first counter, quantity. Everything
 * printed is a pure function of it, so that the same batch gives the same bytes for ever.
 */
#ifndef SUYUAN_MODEL_BATCH_H
#define SUYUAN_MODEL_BATCH_H

#include "base/buf.h"
#include "model/serial.h"

#define BATCH_QUANTITY_MOST UINT64_C(1000000000)

struct batch {
	uint64_t gtin;
	struct serial_key *key; /* borrowed */
	uint64_t first;		/* counter of code 0 */
	uint64_t quantity;	/* 1 to BATCH_QUANTITY_MOST */
	unsigned length;	/* characters of a serial */
	struct slice stem; /* scheme and host, maybe a path: "https://id.example.com"; borrowed */
};

enum batch_result {
	BATCH_OK,
	BATCH_BAD_GTIN,	    /* more than 14 digits, or the check digit is wrong */
	BATCH_BAD_LENGTH,   /* not 10 to 20 characters */
	BATCH_BAD_QUANTITY, /* 0 or over BATCH_QUANTITY_MOST */
	BATCH_NO_COUNTERS,  /* its counters would reach SERIAL_COUNTERS */
	BATCH_GUESSABLE,    /* serial_settings_ok() says no to its last counter at this length */
	BATCH_BAD_STEM,	    /* batch_stem_ok() says no */
};

/* Everything below asserts that this said BATCH_OK once. */
MUSTCHECK enum batch_result batch_check(const struct batch *b);
/* One sentence for people, without a full stop. */
const char *batch_reason(enum batch_result result);

/*
 * "http://" or "https://" in any case, a host of letters, digits, dots and hyphens, maybe a
 * port, maybe a path of unreserved characters (RFC 3986 section 2.3), no final slash; at most
 * 128 bytes.
 */
bool batch_stem_ok(struct slice stem);
/*
 * The stem as printed: scheme and host in upper case, which mean the same (RFC 3986 section
 * 6.2.2.1) and let the QR code use its denser alphanumeric mode. A path keeps its case.
 */
void batch_print_stem(struct slice stem, struct buf *out);

/* The serials of codes index to index + count - 1, b->length characters each, nothing between. */
void batch_serials(const struct batch *b, uint64_t index, size_t count, char *ret_serials);
/*
 * What stands before the serial in the address that is printed, STEM/01/GTIN/21/. The same bytes
 * stand in the CSV, the JSON and the picture; servers accept either case of host.
 */
void batch_uri_prefix(const struct batch *b, struct buf *out);

/*
 * As people read and type a serial: groups of four characters with hyphens between, a last
 * group of one joined to the one before: 7K3M-9Q2X-TPVWH.
 */
void serial_print_grouped(struct slice serial, struct buf *out);

#endif
