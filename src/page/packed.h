/*
 * What the items of a lot share of an answer, compressed once; the few bytes that are an item's own
 * are put between as they are, at the cost of copying them. What comes out is one ordinary stream:
 * gzip (RFC 1952) or brotli (RFC 7932).
 *
 * The segments between the slots are compressed apart from each other. In brotli a word of the
 * built-in dictionary is named by a number that depends on how much stands before it, so every slot
 * has a room of fixed size there, filled up with blanks; that takes eleven bytes however many they
 * are. Equal slots and segments give equal bytes in every process.
 *
 * An attacker who can choose a part of a page and see the length of the whole may guess what else
 * stands in it (BREACH). Nothing here is secret: who can ask for the page may read all of it, and
 * no cookie, token or PIN ever stands in it.
 */
#ifndef SUYUAN_PAGE_PACKED_H
#define SUYUAN_PAGE_PACKED_H

#include "base/buf.h"

enum packed_coding { PACKED_BROTLI, PACKED_GZIP, PACKED_NOT, PACKED_CODING_COUNT = PACKED_NOT };

enum {
	PACKED_SLOTS_MAX = 16,
	PACKED_LENGTH_MAX = 256 << 10, /* of the plain answer: 4 ms of work */
};

struct packed; /* immutable once made */

/* The room that a slot of so many bytes gets. */
size_t packed_room(enum packed_coding coding, size_t length);

/*
 * `segments` are one more than `rooms`, which are of packed_room(). NULL: memory is out, or the
 * whole would be longer than PACKED_LENGTH_MAX. `*ret_size` is what it holds in memory.
 */
MUSTCHECK struct packed *packed_new(enum packed_coding coding, const struct slice *segments,
				    const size_t *rooms, unsigned slot_count, size_t *ret_size);
void packed_free(struct packed *p); /* accepts NULL */

/* Was it made for these rooms? */
bool packed_has_rooms(const struct packed *p, const size_t *rooms);
/* Appends the stream. Each slot must have the room it was made with. Check buf_ok(out). */
void packed_write(struct buf *out, const struct packed *p, const struct slice *slots);

/* As Content-Encoding names it (RFC 9110, 8.4.1; RFC 7932, 13). Not of PACKED_NOT. */
const char *packed_name(enum packed_coding coding);

#endif
