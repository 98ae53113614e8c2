/* What a file is decides who reads it. */
#include "job/paper.h"

#include "job/paper_pdf.h"
#include "job/picture_cell.h"

enum {
	QUALITY = 85,
	LOGO_MOST = 262144, /* bytes of one made small: it is part of a light page */
	PHOTO_MOST = 1048576,
};

static const struct picture_wish for_a_logo = { .side = 240, .quality = 90 };
static const struct picture_wish for_a_page = { .side = 640, .quality = 80 };

static const struct {
	const char *code, *reason;
} words[PAPER_RESULT_COUNT] = {
	[PAPER_OK] = { "", "it may be shown" },
	[PAPER_UNKNOWN] = { "file_unknown", "it is neither PDF, JPEG, PNG nor WebP" },
	[PAPER_PDF_BROKEN] = { "pdf_broken", "it is no whole PDF" },
	[PAPER_PDF_MORE] = { "pdf_more", "it is a PDF and something else besides" },
	[PAPER_PDF_ENCRYPTED] = { "pdf_encrypted", "it is encrypted" },
	[PAPER_PDF_SCRIPT] = { "pdf_script", "it runs scripts" },
	[PAPER_PDF_ACTION] = { "pdf_action", "it starts, sends or plays something" },
	[PAPER_PDF_FILES] = { "pdf_files", "it has files inside" },
	[PAPER_PICTURE_BROKEN] = { "picture_broken", "it cannot be read to its end" },
	[PAPER_PICTURE_MOVES] = { "picture_moves", "it is an animation" },
	[PAPER_TOO_LARGE] = { "file_too_large", "it is too large, or unpacks to too much" },
	[PAPER_TOO_SLOW] = { "file_too_slow", "it takes too long to unpack" },
	[PAPER_NO_MEMORY] = { "upload_failed", "out of memory" },
};

const char *paper_reason(enum paper_result result)
{
	return words[result].reason;
}

const char *paper_code(enum paper_result result)
{
	return words[result].code;
}

void paper_release(struct paper *p)
{
	if (p == NULL)
		return;
	picture_release(&p->picture);
	*p = (struct paper){ .media_type = NULL };
}

static enum paper_result of_picture(enum picture_result result)
{
	switch (result) {
	case PICTURE_OK:
		return PAPER_OK;
	case PICTURE_NO_PICTURE:
		return PAPER_UNKNOWN;
	case PICTURE_BROKEN:
		return PAPER_PICTURE_BROKEN;
	case PICTURE_MOVES:
		return PAPER_PICTURE_MOVES;
	case PICTURE_TOO_LARGE:
		return PAPER_TOO_LARGE;
	case PICTURE_TOO_SLOW:
		return PAPER_TOO_SLOW;
	case PICTURE_OUT_OF_MEMORY:
		break;
	}
	return PAPER_NO_MEMORY;
}

static enum paper_result make_picture(struct slice file, const struct picture_wish *wish,
				      struct paper *ret_paper)
{
	struct picture picture = { .bytes = NULL };
	enum paper_result result =
	    of_picture(picture_shrink_apart(file, wish, &picture_limits, &picture));

	if (result == PAPER_OK)
		*ret_paper = (struct paper){ "image/jpeg",
					     { (const char *)picture.bytes, picture.length },
					     picture };
	return result;
}

static enum paper_result make_small(struct slice file, const struct picture_wish *wish, size_t most,
				    struct paper *ret_paper)
{
	struct paper p = { .media_type = NULL };
	enum paper_result result = make_picture(file, wish, &p);

	if (result == PAPER_OK && p.bytes.length > most)
		result = PAPER_TOO_LARGE;
	if (result == PAPER_OK)
		*ret_paper = p;
	else
		paper_release(&p);
	return result;
}

enum paper_result paper_logo(struct slice file, struct paper *ret_paper)
{
	return make_small(file, &for_a_logo, LOGO_MOST, ret_paper);
}

enum paper_result paper_photo(struct slice file, struct paper *ret_paper)
{
	return make_small(file, &for_a_page, PHOTO_MOST, ret_paper);
}

enum paper_result paper_examine(struct slice file, unsigned side, struct paper *ret_paper)
{
	const struct picture_wish wish = { .side = side, .quality = QUALITY };
	enum paper_result result;

	if (!paper_is_pdf(file))
		return make_picture(file, &wish, ret_paper);
	result = paper_pdf_look_apart(file);
	if (result == PAPER_OK)
		*ret_paper = (struct paper){ .media_type = "application/pdf", .bytes = file };
	return result;
}
