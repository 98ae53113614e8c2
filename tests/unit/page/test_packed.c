/* Compressed answers are what they stand for, whatever an item's own parts are. */
#include "page/packed.h"

#include <brotli/decode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <zlib.h>
#include <cmocka.h>

#include "documents.h"

enum { DECODED_MAX = 1 << 20 };

static char decoded[DECODED_MAX];

static size_t decode_gzip(struct slice in)
{
	z_stream z = { .zalloc = NULL };

	assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)in.data;
	z.avail_in = (uInt)in.length;
	z.next_out = (Bytef *)decoded;
	z.avail_out = sizeof(decoded);
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END); /* length and sum are right, too */
	assert_int_equal(z.avail_in, 0);
	assert_int_equal(inflateEnd(&z), Z_OK);
	return sizeof(decoded) - z.avail_out;
}

static size_t decode_brotli(struct slice in)
{
	BrotliDecoderState *b = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	const uint8_t *from = (const uint8_t *)in.data;
	uint8_t *to = (uint8_t *)decoded;
	size_t left = in.length, room = sizeof(decoded);

	assert_non_null(b);
	assert_int_equal(BrotliDecoderDecompressStream(b, &left, &from, &room, &to, NULL),
			 BROTLI_DECODER_RESULT_SUCCESS);
	assert_int_equal(left, 0);
	BrotliDecoderDestroyInstance(b);
	return sizeof(decoded) - room;
}

static void add_plain(struct buf *b, const struct slice *segments, const struct slice *slots,
		      const size_t *rooms, unsigned count)
{
	for (unsigned i = 0; i <= count; i++) {
		buf_add_slice(b, segments[i]);
		if (i == count)
			break;
		buf_add_slice(b, slots[i]);
		for (size_t n = slots[i].length; n < rooms[i]; n++)
			buf_add_char(b, ' ');
	}
}

/* What `p` makes of the slots must be what stands there, with blanks in the rooms. */
static size_t assert_decodes(const struct packed *p, enum packed_coding coding,
			     const struct slice *segments, const struct slice *slots,
			     const size_t *rooms, unsigned count)
{
	struct buf packed, plain;
	size_t length;

	buf_init(&packed, DECODED_MAX);
	buf_init(&plain, DECODED_MAX);
	packed_write(&packed, p, slots);
	assert_true(buf_ok(&packed));
	add_plain(&plain, segments, slots, rooms, count);
	length = coding == PACKED_BROTLI ? decode_brotli(buf_slice(&packed))
					 : decode_gzip(buf_slice(&packed));
	assert_int_equal(length, plain.length);
	if (length > 0)
		assert_memory_equal(decoded, plain.data, length);
	length = packed.length;
	buf_release(&packed);
	buf_release(&plain);
	return length;
}

static struct packed *pack(enum packed_coding coding, const struct slice *segments,
			   const struct slice *slots, unsigned count, size_t *ret_rooms)
{
	struct packed *p;
	size_t size = 0;

	for (unsigned i = 0; i < count; i++)
		ret_rooms[i] = packed_room(coding, slots[i].length);
	p = packed_new(coding, segments, ret_rooms, count, &size);
	assert_non_null(p);
	assert_true(size > 0);
	assert_true(packed_has_rooms(p, ret_rooms));
	return p;
}

/* --- by chance ---------------------------------------------------------------------------------
 */

static uint64_t seed;

static unsigned chance(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

/* Words as pages have them, most of them in brotli's dictionary, and now and then any byte. */
static void add_words(struct buf *b, size_t length)
{
	static const char *const words[] = {
		"<div class=\"",
		"</div>\n",
		" the ",
		"information",
		"<p>",
		"</span>",
		" 2026",
		"的",
		"产品",
		"中国",
		"https://www.",
		".com/",
		"style=\"",
		"Inspection ",
		"  ",
		"ing ",
		"é",
		" Materials",
		"</li><li>",
		"a",
		"\n",
	};

	while (b->length < length) {
		if (chance(40) == 0)
			buf_add_char(b, (char)chance(256));
		else
			buf_add_string(b, words[chance(COUNT_OF(words))]);
	}
	b->length = length;
}

static size_t some_length(void)
{
	static const size_t edges[] = { 0, 1, 2, 3, 244, 245, 255, 256, 257, 512 };

	switch (chance(4)) {
	case 0:
		return edges[chance(COUNT_OF(edges))];
	case 1:
		return chance(6000);
	default:
		return chance(700);
	}
}

struct made {
	struct buf texts[PACKED_SLOTS_MAX + 1];
	struct slice slices[PACKED_SLOTS_MAX + 1];
};

static void make(struct made *m, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		buf_init(&m->texts[i], DECODED_MAX);
		add_words(&m->texts[i], some_length());
		m->slices[i] = buf_slice(&m->texts[i]);
	}
}

static void drop(struct made *m, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buf_release(&m->texts[i]);
}

/* Other texts that need the same rooms. */
static void change(struct made *slots, enum packed_coding coding, const size_t *rooms,
		   unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		size_t length = coding != PACKED_BROTLI ? some_length()
				: rooms[i] == 0		? 0
							: rooms[i] - chance(256);

		buf_clear(&slots->texts[i]);
		add_words(&slots->texts[i], length);
		slots->slices[i] = buf_slice(&slots->texts[i]);
		assert_int_equal(packed_room(coding, length), rooms[i]);
	}
}

static void try(enum packed_coding coding)
{
	unsigned count = chance(PACKED_SLOTS_MAX + 1);
	size_t rooms[PACKED_SLOTS_MAX];
	struct made segments, slots;
	struct packed *p;

	make(&segments, count + 1);
	make(&slots, count);
	p = pack(coding, segments.slices, slots.slices, count, rooms);
	for (unsigned i = 0; i < 8; i++) {
		(void)assert_decodes(p, coding, segments.slices, slots.slices, rooms, count);
		change(&slots, coding, rooms, count);
	}
	packed_free(p);
	drop(&segments, count + 1);
	drop(&slots, count);
}

static void try_often(enum packed_coding coding)
{
	unsigned times = getenv("SUYUAN_PACKED") != NULL ? 20000 : 200;

	seed = 42;
	for (unsigned i = 0; i < times; i++)
		try(coding);
}

static void test_any_slots_come_out_of_gzip(void **state)
{
	(void)state;
	try_often(PACKED_GZIP);
}

static void test_any_slots_come_out_of_brotli(void **state)
{
	(void)state;
	try_often(PACKED_BROTLI);
}

/* --- edges -------------------------------------------------------------------------------------
 */

static void test_every_number_of_blanks_fills_a_room(void **state)
{
	const struct slice segments[] = { S("<p>the first"), S("the information of the </p>") };
	char text[512];
	size_t rooms[1];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t length = 0; length <= sizeof(text); length++) {
		struct slice slot = { text, length };
		struct packed *p = pack(PACKED_BROTLI, segments, &slot, 1, rooms);

		(void)assert_decodes(p, PACKED_BROTLI, segments, &slot, rooms, 1);
		packed_free(p);
	}
}

static void test_blanks_take_hardly_any_bytes(void **state)
{
	const struct slice segments[] = { S("a"), S("b") };
	const struct slice full = { decoded, 256 }, one = { decoded, 1 };
	char text[256];
	size_t rooms[1], of_full, of_one;
	struct packed *p;

	(void)state;
	memset(text, 'x', sizeof(text));
	p = pack(PACKED_BROTLI, segments, &(struct slice){ text, full.length }, 1, rooms);
	of_full = assert_decodes(p, PACKED_BROTLI, segments, &(struct slice){ text, full.length },
				 rooms, 1);
	of_one = assert_decodes(p, PACKED_BROTLI, segments, &(struct slice){ text, one.length },
				rooms, 1);
	assert_in_range(of_one, of_full - 255, of_full - 255 + 11);
	packed_free(p);
}

static void test_slots_longer_than_a_block_are_several(void **state)
{
	const struct slice segments[] = { S("<p>"), S("</p>") };
	static const size_t lengths[] = { 65535, 65536, 65537, 131071, 200000 };
	size_t rooms[1];
	struct buf text;

	(void)state;
	buf_init(&text, DECODED_MAX);
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		buf_clear(&text);
		add_words(&text, lengths[i]);
		for (enum packed_coding coding = 0; coding < PACKED_CODING_COUNT; coding++) {
			struct slice slot = buf_slice(&text);
			struct packed *p = pack(coding, segments, &slot, 1, rooms);

			(void)assert_decodes(p, coding, segments, &slot, rooms, 1);
			packed_free(p);
		}
	}
	buf_release(&text);
}

static void test_what_would_take_long_is_not_compressed(void **state)
{
	struct buf text;
	struct slice segment;
	size_t size = 0;

	(void)state;
	buf_init(&text, DECODED_MAX);
	add_words(&text, PACKED_LENGTH_MAX + 1);
	for (enum packed_coding coding = 0; coding < PACKED_CODING_COUNT; coding++) {
		struct packed *p;

		segment = buf_slice(&text);
		assert_null(packed_new(coding, &segment, NULL, 0, &size));
		assert_int_equal(size, 0);
		segment.length--;
		p = packed_new(coding, &segment, NULL, 0, &size);
		assert_non_null(p);
		(void)assert_decodes(p, coding, &segment, NULL, NULL, 0);
		packed_free(p);
		size = 0;
	}
	buf_release(&text);
}

static void test_other_rooms_are_told(void **state)
{
	const struct slice segments[] = { S("a"), S("b"), S("c") };
	const struct slice slots[] = { S("one"), S("two") };
	const size_t others[] = { 256, 512 };
	size_t rooms[2];
	struct packed *p = pack(PACKED_BROTLI, segments, slots, 2, rooms);

	(void)state;
	assert_true(packed_has_rooms(p, rooms));
	assert_false(packed_has_rooms(p, others));
	packed_free(p);
}

static void test_what_stands_first_may_be_empty(void **state)
{
	const struct slice segments[] = { S(""), S("the information"), S("") };
	const struct slice full[] = { S("one"), S("two") }, none[] = { S(""), S("") };
	size_t rooms[2];

	(void)state;
	for (enum packed_coding coding = 0; coding < PACKED_CODING_COUNT; coding++) {
		struct packed *p = pack(coding, segments, full, 2, rooms);

		(void)assert_decodes(p, coding, segments, full, rooms, 2);
		packed_free(p);
		p = pack(coding, segments, none, 2, rooms);
		(void)assert_decodes(p, coding, segments, none, rooms, 2);
		packed_free(p);
		p = pack(coding, segments + 2, NULL, 0, rooms);
		(void)assert_decodes(p, coding, segments + 2, NULL, rooms, 0);
		packed_free(p);
	}
}

/* --- real answers ------------------------------------------------------------------------------
 */

static unsigned slices_of(const struct page_shared *shared, const struct buf *text,
			  const size_t *ends, struct slice *segments, struct slice *slots)
{
	unsigned count = page_shared_slots(shared);
	size_t from = 0;

	for (unsigned i = 0; i <= count; i++)
		segments[i] = page_shared_segment(shared, i);
	for (unsigned i = 0; i < count; i++) {
		slots[i] = (struct slice){ text->data + from, ends[i] - from };
		from = ends[i];
	}
	return count;
}

static void assert_answer_is_packed(const struct page_shared *shared, enum verdict verdict)
{
	struct page_item item = plain_item(verdict);
	struct slice segments[PACKED_SLOTS_MAX + 1], slots[PACKED_SLOTS_MAX];
	size_t ends[PAGE_SLOTS_MAX], rooms[PACKED_SLOTS_MAX];
	struct buf text, whole;
	unsigned count;

	buf_init(&text, DECODED_MAX);
	buf_init(&whole, DECODED_MAX);
	page_item_write_slots(&text, shared, &item, ends);
	page_item_write(&whole, shared, &item);
	count = slices_of(shared, &text, ends, segments, slots);
	for (enum packed_coding coding = 0; coding < PACKED_CODING_COUNT; coding++) {
		struct packed *p = pack(coding, segments, slots, count, rooms);

		assert_in_range(assert_decodes(p, coding, segments, slots, rooms, count), 1,
				whole.length);
		if (coding == PACKED_GZIP)
			assert_memory_equal(decoded, whole.data, whole.length);
		packed_free(p);
	}
	buf_release(&text);
	buf_release(&whole);
}

static void test_every_answer_can_be_packed(void **state)
{
	struct document_source source = marked_source();

	(void)state;
	for (unsigned language = 0; language < page_language_count; language++)
		for (enum page_form form = 0; form < PAGE_FORM_COUNT; form++) {
			size_t size;
			struct page_shared *shared =
			    page_shared_new(&source, language, form, &size);

			assert_non_null(shared);
			for (enum verdict v = 0; v < VERDICT_COUNT; v++)
				assert_answer_is_packed(shared, v);
			page_shared_free(shared);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_slots_come_out_of_gzip),
		cmocka_unit_test(test_any_slots_come_out_of_brotli),
		cmocka_unit_test(test_every_number_of_blanks_fills_a_room),
		cmocka_unit_test(test_blanks_take_hardly_any_bytes),
		cmocka_unit_test(test_slots_longer_than_a_block_are_several),
		cmocka_unit_test(test_what_would_take_long_is_not_compressed),
		cmocka_unit_test(test_other_rooms_are_told),
		cmocka_unit_test(test_what_stands_first_may_be_empty),
		cmocka_unit_test(test_every_answer_can_be_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
