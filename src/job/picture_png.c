/* Reads PNG with libpng, row by row; interlaced pictures need room for the whole. */
#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "job/picture_work.h"
#include "model/exif.h"

enum {
	SIGNATURE = 8,	  /* bytes before the first chunk */
	CHUNK_FRAME = 12, /* of a chunk besides its data */
};

struct png_in {
	png_structp png;
	png_infop info;
	struct picture_work *work;
	struct slice rest;
	unsigned char *whole; /* of an interlaced picture; owned */
};

/* The result is PICTURE_BROKEN: nothing else ends in an error of libpng. */
static void on_error(png_structp png, png_const_charp message)
{
	(void)message;
	png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
	(void)png;
	(void)message;
}

static void on_read(png_structp png, png_bytep to, size_t length)
{
	struct png_in *in = png_get_io_ptr(png);

	if (length > in->rest.length)
		png_error(png, "end");
	memcpy(to, in->rest.data, length);
	in->rest = slice_from(in->rest, length);
}

/* Whatever it is, to 8 bits each of red, green, blue and alpha. */
static void ask_for_rgba(struct png_in *in)
{
	png_set_expand(in->png);
	png_set_scale_16(in->png);
	png_set_gray_to_rgb(in->png);
	png_set_add_alpha(in->png, 0xff, PNG_FILLER_AFTER);
}

/*
 * Looked for here, because libpng takes as much memory for a chunk beside the picture as it claims
 * to have. ISO/IEC 15948, 5.3: length, name, data, checksum; 11.3.3.1 of its third edition: acTL
 * says how many frames an animation has.
 */
static enum picture_result look_at_chunks(struct picture_work *w)
{
	struct slice rest = slice_from(w->file, SIGNATURE);

	while (rest.length >= CHUNK_FRAME) {
		size_t size = png_get_uint_32((png_const_bytep)rest.data);
		struct slice name = slice_from(rest, 4);

		if (size > rest.length - CHUNK_FRAME || slice_starts(name, S("IDAT")))
			return PICTURE_OK;
		if (slice_starts(name, S("acTL")) && size >= 4 &&
		    png_get_uint_32((png_const_bytep)name.data + 4) > 1)
			return PICTURE_MOVES;
		if (slice_starts(name, S("eXIf")))
			w->orientation = exif_orientation((struct slice){ name.data + 4, size });
		rest = slice_from(rest, CHUNK_FRAME + size);
	}
	return PICTURE_OK;
}

static enum picture_result read_rows(struct png_in *in)
{
	struct picture_work *w = in->work;
	enum picture_result result = PICTURE_OK;

	for (unsigned y = 0; y < w->from_height && result == PICTURE_OK; y++) {
		png_read_row(in->png, w->line, NULL);
		result = picture_row_alpha(w, w->line);
	}
	return result;
}

static enum picture_result read_passes(struct png_in *in, int passes)
{
	const struct picture_work *w = in->work;
	size_t row = (size_t)w->from_width * 4;

	for (; passes > 0; passes--) {
		for (unsigned y = 0; y < w->from_height; y++) {
			png_read_row(in->png, in->whole + y * row, NULL);
			if (picture_is_late(w))
				return PICTURE_TOO_SLOW;
		}
	}
	return PICTURE_OK;
}

static enum picture_result read_interlaced(struct png_in *in, int passes)
{
	struct picture_work *w = in->work;
	size_t row = (size_t)w->from_width * 4;
	enum picture_result result;

	if (row * w->from_height > w->limits->memory)
		return PICTURE_TOO_LARGE;
	in->whole = calloc(w->from_height, row);
	if (in->whole == NULL)
		return PICTURE_OUT_OF_MEMORY;
	result = read_passes(in, passes);
	for (unsigned y = 0; y < w->from_height && result == PICTURE_OK; y++)
		result = picture_row_alpha(w, in->whole + y * row);
	return result;
}

static enum picture_result read_picture(struct png_in *in)
{
	unsigned width = png_get_image_width(in->png, in->info);
	unsigned height = png_get_image_height(in->png, in->info);
	enum picture_result result = picture_fits(in->work, width, height);
	int passes;

	if (result == PICTURE_OK)
		result = look_at_chunks(in->work);
	if (result == PICTURE_OK)
		result = picture_begin(in->work, width, height);
	if (result != PICTURE_OK)
		return result;
	ask_for_rgba(in);
	passes = png_set_interlace_handling(in->png);
	png_read_update_info(in->png, in->info);
	return passes == 1 ? read_rows(in) : read_interlaced(in, passes);
}

static enum picture_result read_file(struct png_in *in)
{
	enum picture_result result;

	if (setjmp(png_jmpbuf(in->png)) != 0)
		return PICTURE_BROKEN;
	png_set_read_fn(in->png, in, on_read);
	png_set_user_limits(in->png, 65535, 65535);
	/* All that libpng knows besides the picture: passed over unread. */
	png_set_keep_unknown_chunks(in->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
	png_read_info(in->png, in->info);
	result = read_picture(in);
	return result;
}

enum picture_result picture_read_png(struct picture_work *w)
{
	struct png_in in = { .work = w, .rest = w->file };
	enum picture_result result = PICTURE_OUT_OF_MEMORY;

	in.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
	if (in.png != NULL)
		in.info = png_create_info_struct(in.png);
	if (in.info != NULL)
		result = read_file(&in);
	png_destroy_read_struct(&in.png, &in.info, NULL);
	free(in.whole);
	return result;
}
