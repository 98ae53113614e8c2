/* Compressed segments with rooms between them, and what goes into the rooms. */
#include "page/packed.h"

#include <assert.h>
#include <brotli/encode.h>
#include <zlib.h>

enum {
	ROOM_STEP = 256,
	/*
	 * Once per lot, language and coding: for the sample page of 25 kB 0.6 ms with brotli, 0.3
	 * ms with gzip. Brotli's 10 finds 14 % more and takes 25 times as long.
	 */
	NARROW = (1 << 16) - 16, /* what brotli's least window holds */
	BROTLI_QUALITY = 9,
	BROTLI_QUALITY_WIDE = 5, /* with a wider window 9 fetches 32 MB of memory */
	GZIP_LEVEL = 9,
	GZIP_LEVEL_WIDE = 6,
	GZIP_WINDOW = -15, /* deflate alone: head and end are ours */
	GZIP_MEMORY = 9,
	SEGMENTS_MAX = PACKED_SLOTS_MAX + 1,
};

struct segment {
	size_t end;	  /* in `bytes` */
	size_t length;	  /* plain */
	uLong crc, shift; /* gzip: of the plain bytes, and to put it behind another */
};

struct packed {
	enum packed_coding coding;
	unsigned slot_count;
	size_t rooms[PACKED_SLOTS_MAX];
	struct segment segments[SEGMENTS_MAX];
	struct buf bytes; /* compressed, one behind the other */
};

const char *packed_name(enum packed_coding coding)
{
	return coding == PACKED_BROTLI ? "br" : "gzip";
}

size_t packed_room(enum packed_coding coding, size_t length)
{
	if (coding != PACKED_BROTLI)
		return 0; /* nothing depends on how long it is */
	return (length + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
}

/* --- gzip --------------------------------------------------------------------------------------
 */

/* RFC 1952, 2.3: no name, no time, an unknown system. */
static const char gzip_head[] = "\x1f\x8b\x08\0\0\0\0\0\0\xff";

static bool deflate_one(z_stream *z, struct buf *out, struct slice text, int flush)
{
	/* a flush adds up to 6 bytes to what compressBound() knows of */
	size_t most = compressBound(text.length) + 16;
	char *room = buf_reserve(out, most);

	if (room == NULL)
		return false;
	z->next_in = (Bytef *)(uintptr_t)text.data;
	z->avail_in = (uInt)text.length;
	z->next_out = (Bytef *)room;
	z->avail_out = (uInt)most;
	if (deflate(z, flush) != (flush == Z_FINISH ? Z_STREAM_END : Z_OK) || z->avail_out == 0)
		return false;
	out->length += most - z->avail_out;
	return true;
}

/* A full flush: each begins on a byte, and refers to nothing before it. */
static bool gzip_segments(struct packed *p, const struct slice *texts, size_t length)
{
	z_stream z = { .zalloc = NULL };
	int level = length > NARROW ? GZIP_LEVEL_WIDE : GZIP_LEVEL;
	bool good = true;

	if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return false;
	buf_add(&p->bytes, gzip_head, sizeof(gzip_head) - 1);
	for (unsigned i = 0; good && i <= p->slot_count; i++) {
		struct segment *s = &p->segments[i];
		const Bytef *text = (const Bytef *)texts[i].data;

		if (i == p->slot_count)
			good = deflate_one(&z, &p->bytes, texts[i], Z_FINISH);
		else if (texts[i].length > 0)
			good = deflate_one(&z, &p->bytes, texts[i], Z_FULL_FLUSH);
		s->end = p->bytes.length;
		s->crc = crc32_z(0, text, texts[i].length);
		s->shift = crc32_combine_gen((z_off_t)texts[i].length);
	}
	(void)deflateEnd(&z);
	return good;
}

/* Blocks of bytes as they are (RFC 1951, 3.2.4). */
static void gzip_slot(struct buf *out, struct slice text)
{
	enum { BLOCK_MOST = 65535 };

	while (text.length > 0) {
		size_t n = text.length < BLOCK_MOST ? text.length : BLOCK_MOST;
		const char head[] = { 0, (char)(n & 255), (char)(n >> 8), (char)(~n & 255),
				      (char)(~n >> 8 & 255) };

		buf_add(out, head, sizeof(head));
		buf_add(out, text.data, n);
		text = slice_from(text, n);
	}
}

static void add_little_endian(struct buf *out, uLong value)
{
	for (unsigned shift = 0; shift < 32; shift += 8)
		buf_add_char(out, (char)(value >> shift & 255));
}

static void gzip_write(struct buf *out, const struct packed *p, const struct slice *slots)
{
	uLong crc = 0;
	size_t from = 0, length = 0;

	for (unsigned i = 0; i <= p->slot_count; i++) {
		const struct segment *s = &p->segments[i];

		buf_add(out, p->bytes.data + from, s->end - from);
		from = s->end;
		crc = crc32_combine_op(crc, s->crc, s->shift);
		length += s->length;
		if (i == p->slot_count)
			break;
		gzip_slot(out, slots[i]);
		if (slots[i].length > 0) /* no address would begin the sum anew */
			crc = crc32_z(crc, (const Bytef *)slots[i].data, slots[i].length);
		length += slots[i].length;
	}
	add_little_endian(out, crc);
	add_little_endian(out, length);
}

/* --- brotli ------------------------------------------------------------------------------------
 */

/* The least window that holds all, so that no distance is out of reach. */
static unsigned window_for(size_t length)
{
	unsigned bits = 16;

	while (((size_t)1 << bits) - 16 < length)
		bits++;
	return bits;
}

static bool brotli_one(struct buf *out, struct slice text, size_t position, unsigned window,
		       bool is_last)
{
	/* a flush and the two bytes at a later beginning add blocks of their own */
	size_t most = BrotliEncoderMaxCompressedSize(text.length) + 64, in = text.length;
	const uint8_t *from = (const uint8_t *)text.data;
	BrotliEncoderState *b = BrotliEncoderCreateInstance(NULL, NULL, NULL);
	size_t room = most;
	uint8_t *to = (uint8_t *)buf_reserve(out, most);
	bool wide = window > window_for(NARROW), good;

	good = b != NULL && to != NULL &&
	       BrotliEncoderSetParameter(b, BROTLI_PARAM_QUALITY,
					 wide ? BROTLI_QUALITY_WIDE : BROTLI_QUALITY) &&
	       BrotliEncoderSetParameter(b, BROTLI_PARAM_LGWIN, window) &&
	       BrotliEncoderSetParameter(b, BROTLI_PARAM_SIZE_HINT, (uint32_t)text.length) &&
	       BrotliEncoderSetParameter(b, BROTLI_PARAM_STREAM_OFFSET, (uint32_t)position) &&
	       BrotliEncoderCompressStream(
		   b, is_last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH, &in, &from, &room,
		   &to, NULL) &&
	       in == 0 && !BrotliEncoderHasMoreOutput(b);
	if (good)
		out->length += most - room;
	BrotliEncoderDestroyInstance(b);
	return good;
}

static bool brotli_segments(struct packed *p, const struct slice *texts, size_t length)
{
	unsigned window = window_for(length);
	size_t position = 0;

	for (unsigned i = 0; i <= p->slot_count; i++) {
		bool is_last = i == p->slot_count;

		/* what stands first brings the stream's head, the last segment its end */
		if ((texts[i].length > 0 || is_last || (position == 0 && p->rooms[i] > 0)) &&
		    !brotli_one(&p->bytes, texts[i], position, window, is_last))
			return false;
		p->segments[i].end = p->bytes.length;
		position += texts[i].length + (is_last ? 0 : p->rooms[i]);
	}
	return true;
}

struct bits {
	struct buf *out;
	unsigned value, count;
};

/* Bits fill each byte from its least (RFC 7932, 1.5.1). */
static void put(struct bits *b, unsigned value, unsigned count)
{
	b->value |= value << b->count;
	for (b->count += count; b->count >= 8; b->count -= 8) {
		buf_add_char(b->out, (char)(b->value & 255));
		b->value >>= 8;
	}
}

static void put_length(struct bits *b, size_t length, bool as_it_is)
{
	put(b, 0, 1); /* not the last meta-block */
	put(b, 0, 2); /* the length has four nibbles */
	put(b, (unsigned)length - 1, 16);
	put(b, as_it_is, 1);
}

/* An empty block of metadata ends on a byte (9.2). */
static void put_alignment(struct bits *b)
{
	put(b, 6, 6);
	if (b->count > 0)
		put(b, 0, 8 - b->count);
}

/* A prefix code with one symbol, which then takes no bits (3.4). */
static void put_only_symbol(struct bits *b, unsigned symbol, unsigned width)
{
	put(b, 1, 2);
	put(b, 0, 2);
	put(b, symbol, width);
}

/* The code for so many literals, and a copy that does not come to it any more (5). */
struct insert_code {
	unsigned short least;
	unsigned char width; /* further bits */
	unsigned short symbol;
};

static const struct insert_code *insert_code_of(size_t length)
{
	static const struct insert_code codes[] = {
		{ 10, 2, 256 }, { 14, 2, 264 }, { 18, 3, 272 }, { 26, 3, 280 },	 { 34, 4, 288 },
		{ 50, 4, 296 }, { 66, 5, 304 }, { 98, 5, 312 }, { 130, 6, 448 }, { 194, 7, 456 },
	};
	size_t i = COUNT_OF(codes) - 1;

	while (codes[i].least > length)
		i--;
	return &codes[i];
}

enum { BLANKS_LEAST = 12 }; /* fewer are shorter as they are */

/*
 * A meta-block whose only literal is the blank: each takes no bits. It uses no distance, so that
 * the encoder's memory of the last ones stays right.
 */
static void put_blanks(struct bits *b, size_t length)
{
	const struct insert_code *code = insert_code_of(length);

	put_length(b, length, false);
	put(b, 0, 3);	  /* one type of literals, of commands, of distances (9.2) */
	put(b, 0, 2 + 4); /* no postfix, no direct distances */
	put(b, 0, 2);	  /* any context mode: there is one tree for all */
	put(b, 0, 1 + 1); /* one tree for literals, one for distances */
	put_only_symbol(b, ' ', 8);
	put_only_symbol(b, code->symbol, 10);
	put_only_symbol(b, 0, 6);
	put(b, (unsigned)(length - code->least), code->width);
	put_alignment(b);
}

static void brotli_slot(struct buf *out, struct slice text, size_t room)
{
	static const char blanks[BLANKS_LEAST] = "            ";
	struct bits b = { .out = out };
	size_t spare = room - text.length, plain = spare < BLANKS_LEAST ? spare : 0;

	assert(text.length <= room && spare < ROOM_STEP);
	while (text.length + plain > 0) {
		enum { BLOCK_MOST = 65536 };
		size_t n = text.length < BLOCK_MOST - plain ? text.length : BLOCK_MOST - plain;
		size_t end = n == text.length ? plain : 0;

		put_length(&b, n + end, true);
		put(&b, 0, 4); /* to the end of the byte */
		buf_add(out, text.data, n);
		buf_add(out, blanks, end);
		text = slice_from(text, n);
		plain -= end;
	}
	if (spare >= BLANKS_LEAST)
		put_blanks(&b, spare);
}

static void brotli_write(struct buf *out, const struct packed *p, const struct slice *slots)
{
	size_t from = 0;

	for (unsigned i = 0; i <= p->slot_count; i++) {
		buf_add(out, p->bytes.data + from, p->segments[i].end - from);
		from = p->segments[i].end;
		if (i < p->slot_count)
			brotli_slot(out, slots[i], p->rooms[i]);
	}
}

/* --- both --------------------------------------------------------------------------------------
 */

/* Gives back what the growing buffer took in advance. */
static void trim(struct buf *b)
{
	char *smaller = realloc(b->data, b->length);

	if (smaller == NULL)
		return;
	b->data = smaller;
	b->capacity = b->length;
}

struct packed *packed_new(enum packed_coding coding, const struct slice *segments,
			  const size_t *rooms, unsigned slot_count, size_t *ret_size)
{
	struct packed *p;
	size_t length = 0;

	assert(slot_count <= PACKED_SLOTS_MAX);
	for (unsigned i = 0; i <= slot_count; i++)
		length += segments[i].length + (i < slot_count ? rooms[i] : 0);
	if (length > PACKED_LENGTH_MAX || (p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->coding = coding;
	p->slot_count = slot_count;
	for (unsigned i = 0; i <= slot_count; i++) {
		p->segments[i].length = segments[i].length;
		if (i < slot_count)
			p->rooms[i] = rooms[i];
	}
	buf_init(&p->bytes, 4 * (size_t)PACKED_LENGTH_MAX);
	if (coding == PACKED_BROTLI ? !brotli_segments(p, segments, length)
				    : !gzip_segments(p, segments, length)) {
		packed_free(p);
		return NULL;
	}
	trim(&p->bytes);
	*ret_size = sizeof(*p) + p->bytes.capacity;
	return p;
}

void packed_free(struct packed *p)
{
	if (p == NULL)
		return;
	buf_release(&p->bytes);
	free(p);
}

bool packed_has_rooms(const struct packed *p, const size_t *rooms)
{
	return memcmp(p->rooms, rooms, p->slot_count * sizeof(rooms[0])) == 0;
}

void packed_write(struct buf *out, const struct packed *p, const struct slice *slots)
{
	if (p->coding == PACKED_BROTLI)
		brotli_write(out, p, slots);
	else
		gzip_write(out, p, slots);
}
