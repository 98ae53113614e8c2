/* Reads and writes JPEG with libjpeg-turbo, which is told to give up where a file makes no sense,
 * has no end of scans, or wants more memory or time than it may. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "job/picture_work.h"
#include "model/exif.h"

enum { SCANS_MOST = 100 };

/* libjpeg's own structs, and what its callbacks find through them. */
struct jpeg_in {
	struct jpeg_error_mgr errors; /* first: callbacks get its address */
	struct jpeg_progress_mgr progress;
	struct jpeg_decompress_struct jpeg;
	struct picture_work *work;
	enum picture_result result; /* of what ended it */
	jmp_buf give_up;
};

struct jpeg_out {
	struct jpeg_error_mgr errors; /* first */
	struct jpeg_compress_struct jpeg;
	unsigned char *bytes; /* that were written; owned */
	unsigned long length;
	jmp_buf give_up;
};

/* --- what libjpeg has to say ------------------------------------------------------------------ */

static void be_silent(j_common_ptr common)
{
	(void)common;
}

static enum picture_result meaning_of(int code)
{
	switch (code) {
	case JERR_OUT_OF_MEMORY:
		return PICTURE_OUT_OF_MEMORY;
	case JERR_NO_BACKING_STORE: /* over max_memory_to_use */
	case JERR_IMAGE_TOO_BIG:
		return PICTURE_TOO_LARGE;
	default:
		return PICTURE_BROKEN;
	}
}

static void give_up(struct jpeg_in *in, enum picture_result why)
{
	in->result = why;
	longjmp(in->give_up, 1);
}

static void on_error(j_common_ptr common)
{
	struct jpeg_in *in = (struct jpeg_in *)(void *)common->err;

	give_up(in, meaning_of(common->err->msg_code));
}

/* A file that ends too early would show grey where the picture is missing. */
static void on_message(j_common_ptr common, int level)
{
	struct jpeg_in *in = (struct jpeg_in *)(void *)common->err;
	int code = common->err->msg_code;

	if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
		give_up(in, PICTURE_BROKEN);
}

/* Called at least once for each row of blocks in each scan. */
static void on_progress(j_common_ptr common)
{
	struct jpeg_in *in = (struct jpeg_in *)common->client_data;

	if (in->jpeg.input_scan_number > SCANS_MOST || picture_is_late(in->work))
		give_up(in, PICTURE_TOO_SLOW);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void take_orientation(struct jpeg_in *in)
{
	for (jpeg_saved_marker_ptr m = in->jpeg.marker_list; m != NULL; m = m->next) {
		struct slice data = { (const char *)m->data, m->data_length };

		if (m->marker == JPEG_APP0 + 1 && slice_starts(data, S("Exif\0\0"))) {
			in->work->orientation = exif_orientation(data);
			return;
		}
	}
}

/*
 * libjpeg halves while it unpacks, which costs less than unpacking; at least twice the wanted size
 * is left to average.
 */
static unsigned halved(const struct jpeg_in *in)
{
	unsigned longest = in->jpeg.image_width > in->jpeg.image_height ? in->jpeg.image_width
									: in->jpeg.image_height;
	unsigned by = 1;

	while (by < 8 && longest / (by * 2) >= in->work->side * 2)
		by *= 2;
	return by;
}

/* Inks, and printing programs write them inverted: 255 is none. */
static void inks_to_rgb(unsigned char *line, unsigned width)
{
	for (unsigned x = 0; x < width; x++) {
		unsigned black = line[4 * x + 3];

		for (unsigned i = 0; i < 3; i++)
			line[3 * x + i] = (unsigned char)((line[4 * x + i] * black + 127) / 255);
	}
}

static void invert(unsigned char *line, unsigned width)
{
	for (size_t i = 0; i < (size_t)width * 4; i++)
		line[i] = (unsigned char)(255 - line[i]);
}

static enum picture_result read_rows(struct jpeg_in *in)
{
	struct picture_work *w = in->work;
	const bool inks = in->jpeg.out_color_space == JCS_CMYK;
	enum picture_result result = PICTURE_OK;

	while (result == PICTURE_OK && in->jpeg.output_scanline < in->jpeg.output_height) {
		JSAMPROW row = w->line;

		(void)jpeg_read_scanlines(&in->jpeg, &row, 1);
		if (inks && !in->jpeg.saw_Adobe_marker)
			invert(w->line, w->from_width);
		if (inks)
			inks_to_rgb(w->line, w->from_width);
		result = picture_row(w, w->line);
	}
	return result;
}

static enum picture_result read_picture(struct jpeg_in *in)
{
	const bool inks =
	    in->jpeg.jpeg_color_space == JCS_CMYK || in->jpeg.jpeg_color_space == JCS_YCCK;
	enum picture_result result;

	take_orientation(in);
	in->jpeg.out_color_space = inks ? JCS_CMYK : JCS_RGB;
	in->jpeg.scale_num = 1;
	in->jpeg.scale_denom = halved(in);
	in->jpeg.mem->max_memory_to_use = (long)in->work->limits->memory;
	(void)jpeg_start_decompress(&in->jpeg);
	result = picture_begin(in->work, in->jpeg.output_width, in->jpeg.output_height);
	return result == PICTURE_OK ? read_rows(in) : result;
}

static enum picture_result read_file(struct jpeg_in *in)
{
	const struct slice file = in->work->file;
	enum picture_result result;

	jpeg_mem_src(&in->jpeg, (const unsigned char *)file.data, file.length);
	jpeg_save_markers(&in->jpeg, JPEG_APP0 + 1, 0xffff);
	(void)jpeg_read_header(&in->jpeg, TRUE);
	result = picture_fits(in->work, in->jpeg.image_width, in->jpeg.image_height);
	return result == PICTURE_OK ? read_picture(in) : result;
}

enum picture_result picture_read_jpeg(struct picture_work *w)
{
	struct jpeg_in in = { .work = w, .result = PICTURE_BROKEN };

	in.jpeg.err = jpeg_std_error(&in.errors);
	in.errors.error_exit = on_error;
	in.errors.output_message = be_silent;
	in.errors.emit_message = on_message;
	in.progress.progress_monitor = on_progress;
	if (setjmp(in.give_up) == 0) {
		jpeg_create_decompress(&in.jpeg);
		in.jpeg.client_data = &in;
		in.jpeg.progress = &in.progress;
		in.result = read_file(&in);
	}
	jpeg_destroy_decompress(&in.jpeg);
	return in.result;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void on_write_error(j_common_ptr common)
{
	struct jpeg_out *out = (struct jpeg_out *)(void *)common->err;

	longjmp(out->give_up, 1);
}

static void write_rows(struct jpeg_compress_struct *jpeg, const unsigned char *rgb,
		       unsigned quality)
{
	jpeg->input_components = 3;
	jpeg->in_color_space = JCS_RGB;
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, (int)quality, TRUE);
	jpeg->optimize_coding = TRUE;
	jpeg_simple_progression(jpeg); /* the whole is seen early on a slow line */
	jpeg_start_compress(jpeg, TRUE);
	while (jpeg->next_scanline < jpeg->image_height) {
		JSAMPROW row = (JSAMPROW)(uintptr_t)(rgb + (size_t)jpeg->next_scanline *
							       jpeg->image_width * 3);

		(void)jpeg_write_scanlines(jpeg, &row, 1);
	}
	jpeg_finish_compress(jpeg);
}

enum picture_result picture_write_jpeg(const unsigned char *rgb, unsigned width, unsigned height,
				       unsigned quality, struct picture *ret_picture)
{
	struct jpeg_out out = { .bytes = NULL };

	out.jpeg.err = jpeg_std_error(&out.errors);
	out.errors.error_exit = on_write_error;
	out.errors.output_message = be_silent;
	if (setjmp(out.give_up) != 0) {
		jpeg_destroy_compress(&out.jpeg);
		free(out.bytes);
		return PICTURE_OUT_OF_MEMORY;
	}
	jpeg_create_compress(&out.jpeg);
	out.jpeg.image_width = width;
	out.jpeg.image_height = height;
	jpeg_mem_dest(&out.jpeg, &out.bytes, &out.length);
	write_rows(&out.jpeg, rgb, quality);
	jpeg_destroy_compress(&out.jpeg);
	*ret_picture = (struct picture){
		.width = width, .height = height, .bytes = out.bytes, .length = out.length
	};
	return PICTURE_OK;
}
