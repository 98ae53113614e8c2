/* What becomes of pictures that people send: small, upright, without metadata, or refused. */
#include "job/picture.h"

#include <jpeglib.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <webp/encode.h>
#include <zlib.h>

#include <cmocka.h>

static const struct picture_wish wish = { .side = 64, .quality = 90 };

/* --- pictures to begin with --------------------------------------------------------------------
 */

/* Four quarters: red, green over blue, white. */
static void paint(unsigned char *rgb, unsigned width, unsigned height)
{
	static const unsigned char colours[4][3] = {
		{ 255, 0, 0 }, { 0, 255, 0 }, { 0, 0, 255 }, { 255, 255, 255 }
	};

	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++)
			memcpy(rgb + ((size_t)y * width + x) * 3,
			       colours[(y >= height / 2) * 2 + (x >= width / 2)], 3);
}

struct file {
	unsigned char *data;
	unsigned long length;
};

static struct slice slice_of_file(const struct file *f)
{
	return (struct slice){ (const char *)f->data, f->length };
}

/* Exif that says only how the camera was held. */
static const unsigned char exif[] = {
	'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1,
	1,   18,  0,   3,   0, 0, 0,   1,   0, 6,   0, 0, 0, 0, 0, 0
};
enum { EXIF_ORIENTATION = 25 };

struct jpeg_how {
	unsigned orientation; /* 0: no Exif */
	bool progressive;
	const char *comment;
};

static struct file make_jpeg(unsigned width, unsigned height, const struct jpeg_how *how)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct file f = { NULL, 0 };
	unsigned char *rgb = malloc((size_t)width * height * 3), said[sizeof(exif)];

	assert_non_null(rgb);
	paint(rgb, width, height);
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &f.data, &f.length);
	jpeg.image_width = width;
	jpeg.image_height = height;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 95, TRUE);
	if (how->progressive)
		jpeg_simple_progression(&jpeg);
	jpeg_start_compress(&jpeg, TRUE);
	memcpy(said, exif, sizeof(said));
	said[EXIF_ORIENTATION] = (unsigned char)how->orientation;
	if (how->orientation != 0)
		jpeg_write_marker(&jpeg, JPEG_APP0 + 1, said, sizeof(said));
	if (how->comment != NULL)
		jpeg_write_marker(&jpeg, JPEG_COM, (const JOCTET *)how->comment,
				  (unsigned)strlen(how->comment));
	while (jpeg.next_scanline < height) {
		JSAMPROW row = rgb + (size_t)jpeg.next_scanline * width * 3;

		(void)jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	free(rgb);
	return f;
}

static void on_png(png_structp png, png_bytep data, size_t length)
{
	struct file *f = png_get_io_ptr(png);

	f->data = realloc(f->data, f->length + length);
	assert_non_null(f->data);
	memcpy(f->data + f->length, data, length);
	f->length += length;
}

/* The left half is transparent black. */
static struct file make_png(unsigned width, unsigned height, int interlace)
{
	struct file f = { NULL, 0 };
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	unsigned char *row = calloc(width, 4);
	png_text text = { .key = (char *)(uintptr_t) "Comment",
			  .text = (char *)(uintptr_t) "secret" };

	assert_non_null(row);
	for (unsigned x = width / 2; x < width; x++)
		memset(row + 4 * x, 255, 4), row[4 * x + 1] = 0;
	text.compression = PNG_TEXT_COMPRESSION_NONE;
	png_set_write_fn(png, &f, on_png, NULL);
	png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_RGBA, interlace,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_text(png, info, &text, 1);
	png_write_info(png, info);
	for (int passes = png_set_interlace_handling(png); passes > 0; passes--)
		for (unsigned y = 0; y < height; y++)
			png_write_row(png, row);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
	free(row);
	return f;
}

static struct file make_webp(unsigned width, unsigned height, bool lossless)
{
	struct file f = { NULL, 0 };
	unsigned char *rgb = malloc((size_t)width * height * 3);
	uint8_t *out = NULL;

	assert_non_null(rgb);
	paint(rgb, width, height);
	f.length = lossless
		       ? WebPEncodeLosslessRGB(rgb, (int)width, (int)height, (int)width * 3, &out)
		       : WebPEncodeRGB(rgb, (int)width, (int)height, (int)width * 3, 90, &out);
	assert_true(f.length > 0);
	f.data = malloc(f.length);
	assert_non_null(f.data);
	memcpy(f.data, out, f.length);
	WebPFree(out);
	free(rgb);
	return f;
}

/* --- looking at what came out ------------------------------------------------------------------
 */

struct pixels {
	unsigned width, height;
	unsigned char *rgb;
};

static struct pixels look_at(const struct picture *p)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct pixels out;

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_mem_src(&jpeg, p->bytes, p->length);
	assert_int_equal(jpeg_read_header(&jpeg, TRUE), JPEG_HEADER_OK);
	(void)jpeg_start_decompress(&jpeg);
	out = (struct pixels){ jpeg.output_width, jpeg.output_height, NULL };
	out.rgb = malloc((size_t)out.width * out.height * 3);
	assert_non_null(out.rgb);
	while (jpeg.output_scanline < out.height) {
		JSAMPROW row = out.rgb + (size_t)jpeg.output_scanline * out.width * 3;

		(void)jpeg_read_scanlines(&jpeg, &row, 1);
	}
	assert_int_equal(errors.num_warnings, 0);
	jpeg_finish_decompress(&jpeg);
	jpeg_destroy_decompress(&jpeg);
	assert_int_equal(out.width, p->width);
	assert_int_equal(out.height, p->height);
	return out;
}

/* "r", "g", "b", "w", "m" (magenta): the colour in the middle of a quarter. */
static char colour_at(const struct pixels *p, bool right, bool low)
{
	static const struct {
		char name;
		unsigned char rgb[3];
	} known[] = { { 'r', { 255, 0, 0 } },
		      { 'g', { 0, 255, 0 } },
		      { 'b', { 0, 0, 255 } },
		      { 'w', { 255, 255, 255 } },
		      { 'm', { 255, 0, 255 } } };
	unsigned x = p->width * (right ? 3 : 1) / 4, y = p->height * (low ? 3 : 1) / 4;
	const unsigned char *at = p->rgb + ((size_t)y * p->width + x) * 3;

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (abs(at[0] - known[i].rgb[0]) < 24 && abs(at[1] - known[i].rgb[1]) < 24 &&
		    abs(at[2] - known[i].rgb[2]) < 24)
			return known[i].name;
	return '?';
}

/* Upper left, upper right, lower left, lower right. */
static void assert_quarters(const struct picture *p, const char *expected)
{
	struct pixels seen = look_at(p);
	const char quarters[] = { colour_at(&seen, false, false), colour_at(&seen, true, false),
				  colour_at(&seen, false, true), colour_at(&seen, true, true), 0 };

	assert_string_equal(quarters, expected);
	free(seen.rgb);
}

/* Consumes both. */
static void assert_becomes(struct file f, unsigned width, unsigned height, const char *quarters)
{
	struct picture p = { .bytes = NULL };

	assert_int_equal(picture_shrink(slice_of_file(&f), &wish, &picture_limits, &p), PICTURE_OK);
	assert_int_equal(p.width, width);
	assert_int_equal(p.height, height);
	assert_quarters(&p, quarters);
	picture_release(&p);
	free(f.data);
}

static void assert_refused(struct file f, const struct picture_limits *limits,
			   enum picture_result why)
{
	struct picture p = { .width = 7 };

	assert_int_equal(picture_shrink(slice_of_file(&f), &wish, limits, &p), why);
	assert_int_equal(p.width, 7);
	assert_null(p.bytes);
	free(f.data);
}

/* --- tests -------------------------------------------------------------------------------------
 */

static const struct jpeg_how plain = { .orientation = 0 };

static void test_makes_each_format_small(void **state)
{
	static const struct jpeg_how progressive = { .progressive = true };

	(void)state;
	assert_becomes(make_jpeg(640, 480, &plain), 64, 48, "rgbw");
	assert_becomes(make_jpeg(480, 640, &progressive), 48, 64, "rgbw");
	assert_becomes(make_webp(640, 480, false), 64, 48, "rgbw");
	assert_becomes(make_webp(480, 640, true), 48, 64, "rgbw");
	assert_becomes(make_png(640, 320, PNG_INTERLACE_NONE), 64, 32, "wmwm");
	assert_becomes(make_png(640, 320, PNG_INTERLACE_ADAM7), 64, 32, "wmwm");
}

static void test_small_ones_keep_their_size(void **state)
{
	(void)state;
	assert_becomes(make_jpeg(64, 32, &plain), 64, 32, "rgbw");
	assert_becomes(make_png(20, 64, PNG_INTERLACE_NONE), 20, 64, "wmwm");
	assert_becomes(make_webp(33, 17, false), 33, 17, "rgbw");
}

static void test_odd_sizes_come_out_whole(void **state)
{
	(void)state;
	for (unsigned size = 65; size < 140; size += 7) {
		struct file f = make_png(size, 1, PNG_INTERLACE_NONE);
		struct picture p = { .bytes = NULL };

		assert_int_equal(picture_shrink(slice_of_file(&f), &wish, &picture_limits, &p),
				 PICTURE_OK);
		assert_int_equal(p.width, 64);
		assert_int_equal(p.height, 1);
		picture_release(&p);
		free(f.data);
		assert_becomes(make_jpeg(size, 2 * size, &plain), 32, 64, "rgbw");
	}
}

static void test_turns_it_upright(void **state)
{
	static const char *const upright[] = { "",     "rgbw", "grwb", "wbgr", "bwrg",
					       "rbgw", "brwg", "wgbr", "gwrb" };

	(void)state;
	for (unsigned i = 1; i <= 8; i++) {
		const struct jpeg_how how = { .orientation = i };

		assert_becomes(make_jpeg(640, 320, &how), i >= 5 ? 32 : 64, i >= 5 ? 64 : 32,
			       upright[i]);
	}
}

static void test_keeps_no_metadata(void **state)
{
	static const struct jpeg_how telling = { .orientation = 1, .comment = "where I live" };
	struct file f = make_jpeg(100, 100, &telling);
	struct picture p = { .bytes = NULL };

	(void)state;
	assert_non_null(memmem(f.data, f.length, "where I live", 12));
	assert_int_equal(picture_shrink(slice_of_file(&f), &wish, &picture_limits, &p), PICTURE_OK);
	assert_null(memmem(p.bytes, p.length, "where I live", 12));
	assert_null(memmem(p.bytes, p.length, "Exif", 4));
	/* JFIF's own header says nothing, and there is no other. */
	for (size_t i = 2; i + 4 < p.length && p.bytes[i + 1] != 0xda;
	     i += 2 + (size_t)p.bytes[i + 2] * 256 + p.bytes[i + 3]) {
		assert_int_equal(p.bytes[i], 0xff);
		assert_false(p.bytes[i + 1] > 0xe0 || p.bytes[i + 1] == 0xfe);
	}
	picture_release(&p);
	free(f.data);
}

static struct file copy_of(const void *data, size_t length)
{
	struct file f = { malloc(length + 1), length };

	assert_non_null(f.data);
	memcpy(f.data, data, length);
	return f;
}

static void test_refuses_what_is_no_picture(void **state)
{
	(void)state;
	assert_refused(copy_of("", 0), &picture_limits, PICTURE_NO_PICTURE);
	assert_refused(copy_of("GIF89a\1\0\1\0", 10), &picture_limits, PICTURE_NO_PICTURE);
	assert_refused(copy_of("<svg xmlns='http://www.w3.org/2000/svg'/>", 41), &picture_limits,
		       PICTURE_NO_PICTURE);
	assert_refused(copy_of("\xff\xd8\xff", 3), &picture_limits, PICTURE_BROKEN);
	assert_refused(copy_of("\x89PNG\r\n\x1a\n", 8), &picture_limits, PICTURE_BROKEN);
	assert_refused(copy_of("RIFF\0\0\0\0WEBP", 12), &picture_limits, PICTURE_BROKEN);
}

static void test_refuses_what_is_cut_off(void **state)
{

	(void)state;
	for (unsigned kind = 0; kind < 5; kind++) {
		struct file f = kind == 0   ? make_jpeg(200, 200, &plain)
				: kind == 1 ? make_png(200, 200, PNG_INTERLACE_NONE)
				: kind == 2 ? make_png(200, 200, PNG_INTERLACE_ADAM7)
				: kind == 3 ? make_webp(200, 200, false)
					    : make_webp(200, 200, true);

		for (unsigned long part = 1; part < 16; part++) {
			struct file cut = copy_of(f.data, f.length * part / 16);
			struct picture p = { .bytes = NULL };

			assert_int_not_equal(
			    picture_shrink(slice_of_file(&cut), &wish, &picture_limits, &p),
			    PICTURE_OK);
			assert_null(p.bytes);
			free(cut.data);
		}
		free(f.data);
	}
}

static void test_refuses_more_pixels_than_allowed(void **state)
{
	struct picture_limits few = picture_limits;

	(void)state;
	few.pixels = 200 * 200 - 1;
	assert_refused(make_jpeg(200, 200, &plain), &few, PICTURE_TOO_LARGE);
	assert_refused(make_png(200, 200, PNG_INTERLACE_NONE), &few, PICTURE_TOO_LARGE);
	assert_refused(make_webp(200, 200, true), &few, PICTURE_TOO_LARGE);
	few.pixels = 200 * 200;
	assert_becomes(make_png(200, 200, PNG_INTERLACE_NONE), 64, 64, "wmwm");
}

/* 57 bytes that say they are 65,000 x 65,000 pixels: refused before memory is asked for. */
static void test_refuses_a_bomb_by_its_head(void **state)
{
	struct file f = make_png(16, 16, PNG_INTERLACE_NONE);
	static const unsigned char huge[] = { 0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8 };
	uint32_t sum;

	(void)state;
	memcpy(f.data + 16, huge, 8);
	sum = (uint32_t)crc32(0, f.data + 12, 17);
	for (unsigned i = 0; i < 4; i++)
		f.data[29 + i] = (unsigned char)(sum >> (24 - 8 * i));
	assert_refused(f, &picture_limits, PICTURE_TOO_LARGE);
}

/* Whatever asks for more than this at once ends the program. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "max_allocation_size_mb=300:allocator_may_return_null=0";
}

/* A comment that claims to have 1.8 GB; libpng would take the memory first. */
static void test_takes_no_memory_for_what_it_does_not_read(void **state)
{
	struct file f = make_png(40, 20, PNG_INTERLACE_NONE);
	unsigned char *text = memmem(f.data, f.length, "tEXt", 4);

	(void)state;
	assert_non_null(text);
	text[-4] = 0x6e;
	assert_refused(f, &picture_limits, PICTURE_BROKEN);
}

static void test_refuses_too_many_bytes_and_too_much_memory(void **state)
{
	static const struct jpeg_how progressive = { .progressive = true };
	struct picture_limits little = picture_limits;

	(void)state;
	little.bytes = 100;
	assert_refused(make_jpeg(200, 200, &plain), &little, PICTURE_TOO_LARGE);
	little = picture_limits;
	little.memory = 1 << 20;
	assert_refused(make_jpeg(1200, 1200, &progressive), &little, PICTURE_TOO_LARGE);
	assert_refused(make_png(600, 600, PNG_INTERLACE_ADAM7), &little, PICTURE_TOO_LARGE);
	assert_refused(make_webp(600, 600, true), &little, PICTURE_TOO_LARGE);
}

static void test_stops_when_the_time_is_over(void **state)
{
	struct picture_limits hasty = picture_limits;

	(void)state;
	hasty.ms = 0;
	assert_refused(make_jpeg(2000, 2000, &plain), &hasty, PICTURE_TOO_SLOW);
	assert_refused(make_png(2000, 2000, PNG_INTERLACE_NONE), &hasty, PICTURE_TOO_SLOW);
	assert_refused(make_webp(2000, 2000, true), &hasty, PICTURE_TOO_SLOW);
}

static void test_the_same_file_gives_the_same_bytes(void **state)
{
	struct file f = make_jpeg(300, 200, &plain);
	struct picture a = { .bytes = NULL }, b = { .bytes = NULL };

	(void)state;
	assert_int_equal(picture_shrink(slice_of_file(&f), &wish, &picture_limits, &a), PICTURE_OK);
	assert_int_equal(picture_shrink(slice_of_file(&f), &wish, &picture_limits, &b), PICTURE_OK);
	assert_int_equal(a.length, b.length);
	assert_memory_equal(a.bytes, b.bytes, a.length);
	picture_release(&a);
	picture_release(&b);
	free(f.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_makes_each_format_small),
		cmocka_unit_test(test_small_ones_keep_their_size),
		cmocka_unit_test(test_odd_sizes_come_out_whole),
		cmocka_unit_test(test_turns_it_upright),
		cmocka_unit_test(test_keeps_no_metadata),
		cmocka_unit_test(test_refuses_what_is_no_picture),
		cmocka_unit_test(test_refuses_what_is_cut_off),
		cmocka_unit_test(test_refuses_more_pixels_than_allowed),
		cmocka_unit_test(test_refuses_a_bomb_by_its_head),
		cmocka_unit_test(test_takes_no_memory_for_what_it_does_not_read),
		cmocka_unit_test(test_refuses_too_many_bytes_and_too_much_memory),
		cmocka_unit_test(test_stops_when_the_time_is_over),
		cmocka_unit_test(test_the_same_file_gives_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
