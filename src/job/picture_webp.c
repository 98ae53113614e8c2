/* Reads WebP with libwebp, which makes the picture small while it unpacks; the file is fed to it in
 * pieces, so that it can be stopped. */
#include <string.h>

#include <webp/decode.h>

#include "job/picture_work.h"
#include "model/exif.h"

enum { PIECE = 16384 };

static uint32_t little_endian(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* RFC 9649, 2.3: chunks of a name, a size and as many bytes, padded to an even number. */
static void take_orientation(struct picture_work *w)
{
	struct slice rest = slice_from(w->file, 12);

	while (rest.length >= 8) {
		size_t size = little_endian(rest.data + 4);
		struct slice data = slice_from(rest, 8);

		if (size > data.length)
			return;
		if (slice_starts(rest, S("EXIF"))) {
			w->orientation = exif_orientation((struct slice){ data.data, size });
			return;
		}
		size += size & 1;
		rest = slice_from(data, size < data.length ? size : data.length);
	}
}

/* A lossless picture is unpacked whole before it is made small. */
static enum picture_result fits(const struct picture_work *w, const WebPBitstreamFeatures *f)
{
	enum picture_result result = picture_fits(w, (uint64_t)f->width, (uint64_t)f->height);

	if (result == PICTURE_OK && f->has_animation != 0)
		result = PICTURE_MOVES;
	if (result == PICTURE_OK &&
	    (uint64_t)f->width * (uint64_t)f->height * 4 > w->limits->memory)
		result = PICTURE_TOO_LARGE;
	return result;
}

static enum picture_result meaning_of(VP8StatusCode status)
{
	return status == VP8_STATUS_OK		    ? PICTURE_OK
	       : status == VP8_STATUS_OUT_OF_MEMORY ? PICTURE_OUT_OF_MEMORY
						    : PICTURE_BROKEN;
}

static enum picture_result unpack(const struct picture_work *w, WebPDecoderConfig *config)
{
	WebPIDecoder *decoder = WebPIDecode(NULL, 0, config);
	VP8StatusCode status = VP8_STATUS_SUSPENDED;
	size_t fed = 0;

	if (decoder == NULL)
		return PICTURE_OUT_OF_MEMORY;
	while (status == VP8_STATUS_SUSPENDED && fed < w->file.length && !picture_is_late(w)) {
		fed = w->file.length - fed > PIECE ? fed + PIECE : w->file.length;
		status = WebPIUpdate(decoder, (const uint8_t *)w->file.data, fed);
	}
	WebPIDelete(decoder);
	if (status == VP8_STATUS_SUSPENDED && picture_is_late(w))
		return PICTURE_TOO_SLOW;
	return meaning_of(status);
}

static enum picture_result take_rows(struct picture_work *w, const WebPDecBuffer *output)
{
	enum picture_result result =
	    picture_begin(w, (unsigned)output->width, (unsigned)output->height);

	for (unsigned y = 0; result == PICTURE_OK && y < w->from_height; y++) {
		memcpy(w->line, output->u.RGBA.rgba + (size_t)y * (size_t)output->u.RGBA.stride,
		       (size_t)w->from_width * 4);
		result = picture_row_alpha(w, w->line);
	}
	return result;
}

static void ask_for_small_rgba(const struct picture_work *w, WebPDecoderConfig *config)
{
	unsigned width, height;

	picture_size(w->side, (unsigned)config->input.width, (unsigned)config->input.height, &width,
		     &height);
	config->output.colorspace = MODE_RGBA;
	config->options.use_scaling = 1;
	config->options.scaled_width = (int)width;
	config->options.scaled_height = (int)height;
}

enum picture_result picture_read_webp(struct picture_work *w)
{
	WebPDecoderConfig config;
	enum picture_result result;

	if (!WebPInitDecoderConfig(&config))
		return PICTURE_OUT_OF_MEMORY;
	result = meaning_of(
	    WebPGetFeatures((const uint8_t *)w->file.data, w->file.length, &config.input));
	if (result == PICTURE_OK)
		result = fits(w, &config.input);
	if (result != PICTURE_OK)
		return result;
	take_orientation(w);
	ask_for_small_rgba(w, &config);
	result = unpack(w, &config);
	if (result == PICTURE_OK)
		result = take_rows(w, &config.output);
	WebPFreeDecBuffer(&config.output);
	return result;
}
