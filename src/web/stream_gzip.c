/* Compresses the bytes of a source while they are sent. */
#include "web/stream_gzip.h"

#include <zlib.h>

enum {
	LEVEL =
	    1, /* codes are random: more work finds little more (5.0 against 5.4 times smaller) */
	WINDOW_BITS = 15 + 16, /* 32 KiB, and the head and end of gzip instead of zlib's */
	MEMORY_LEVEL = 8,
};

struct gzip {
	struct stream_source plain;
	z_stream z;
	struct buf bytes;	 /* plain ones that are not compressed yet */
	uint64_t left;		 /* plain ones that are still to come; STREAM_LENGTH_UNKNOWN */
	enum stream_result last; /* what the plain source said */
};

static void release(void *arg)
{
	struct gzip *g = arg;

	(void)deflateEnd(&g->z);
	buf_release(&g->bytes);
	if (g->plain.release != NULL)
		g->plain.release(g->plain.arg);
	free(g);
}

/* An end that comes too early would look like any other once it is compressed. */
static bool length_is_right(struct gzip *g)
{
	if (g->left == STREAM_LENGTH_UNKNOWN)
		return true;
	if (g->bytes.length > g->left)
		return false;
	g->left -= g->bytes.length;
	return g->last != STREAM_END || g->left == 0;
}

/* Gives zlib the next plain slice. False when the source failed. */
static bool refill(struct gzip *g)
{
	buf_clear(&g->bytes);
	g->last = g->plain.produce(g->plain.arg, &g->bytes, STREAM_SLICE);
	g->z.next_in = (Bytef *)g->bytes.data;
	g->z.avail_in = (uInt)g->bytes.length;
	return g->last != STREAM_FAILED && buf_ok(&g->bytes) && length_is_right(g);
}

/* At most one plain slice is compressed, so that it does not take long. */
static enum stream_result produce(void *arg, struct buf *out, size_t most)
{
	struct gzip *g = arg;
	char *room = buf_reserve(out, most);
	int result;

	if (room == NULL)
		return STREAM_FAILED;
	if (g->z.avail_in == 0 && g->last != STREAM_END && !refill(g))
		return STREAM_FAILED;
	g->z.next_out = (Bytef *)room;
	g->z.avail_out = (uInt)most;
	result = deflate(&g->z, g->last == STREAM_END ? Z_FINISH : Z_NO_FLUSH);
	out->length += most - g->z.avail_out;
	if (result == Z_STREAM_END)
		return STREAM_END;
	if (result != Z_OK && result != Z_BUF_ERROR)
		return STREAM_FAILED;
	return g->last == STREAM_WAIT && g->z.avail_in == 0 ? STREAM_WAIT : STREAM_MORE;
}

bool stream_gzip(const struct stream_source *plain, struct stream_source *ret_source)
{
	struct gzip *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return false;
	g->plain = *plain;
	g->left = plain->length;
	g->last = STREAM_MORE;
	buf_init(&g->bytes, STREAM_SLICE);
	if (deflateInit2(&g->z, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) !=
	    Z_OK) {
		free(g);
		return false;
	}
	*ret_source = (struct stream_source){
		.length = STREAM_LENGTH_UNKNOWN,
		.produce = produce,
		.release = release,
		.arg = g,
	};
	return true;
}
