/* Filling files of every format. */
#include "label/label_writer.h"

#include "label/eps.h"
#include "label/pdf.h"
#include "label/picture_png.h"
#include "label/preview.h"
#include "label/qr_series.h"
#include "label/svg.h"
#include "label/zip.h"
#include "label/zpl.h"

enum { PICTURE_MOST = 16 << 20 };

struct label_writer {
	const struct label_setup *setup;
	const struct format *format;
	struct buf *out;
	uint64_t start; /* places left free */
	struct label_tally tally;
	uint64_t placed; /* copies counted */
	/* of the format, the others NULL or empty */
	struct pdf *pdf;
	struct zpl *zpl;
	struct typeface *typeface;
	struct preview *preview;
	struct zip *zip;
	struct buf picture;
	struct qr_series series;
};

/* What a format does with a file and a label. */
struct format {
	enum label_result (*begin)(struct label_writer *w);
	enum label_result (*add)(struct label_writer *w, const struct qr *qr, struct slice url,
				 const struct label_text *text, uint64_t copies);
	bool (*full)(const struct label_writer *w);
	enum label_result (*end)(struct label_writer *w);
};

/* --- one format each --- */

static const struct label_design *design_of(const struct label_writer *w)
{
	return w->setup->order.design.given ? &w->setup->order.design : NULL;
}

static enum label_result begin_pdf(struct label_writer *w)
{
	struct pdf_setup setup = {
		.sheet = w->setup->sheet,
		.printer = w->setup->printer,
		.font_path = w->setup->font_path,
		.design = design_of(w),
		.start = w->start,
		.offset_x = w->setup->order.offset_x,
		.offset_y = w->setup->order.offset_y,
		.scale_x = w->setup->order.scale_x,
		.scale_y = w->setup->order.scale_y,
	};

	return pdf_new(&setup, &w->pdf);
}

static enum label_result add_pdf(struct label_writer *w, const struct qr *qr, struct slice url,
				 const struct label_text *text, uint64_t copies)
{
	enum label_result result = LABEL_MADE;

	(void)url;
	for (uint64_t i = 0; i < copies && result == LABEL_MADE; i++)
		result = pdf_add(w->pdf, qr, text);
	return result;
}

static enum label_result end_pdf(struct label_writer *w)
{
	w->tally.pages = pdf_pages(w->pdf);
	w->tally.without_code = pdf_labels_without_code(w->pdf);
	w->tally.shortened = pdf_labels_shortened(w->pdf);
	return pdf_finish(w->pdf, w->out);
}

static struct feed feed_of(const struct label_order *order)
{
	return (struct feed){ order->offset_x, order->offset_y, order->scale_x, order->scale_y };
}

static enum label_result begin_zpl(struct label_writer *w)
{
	const struct label_order *order = &w->setup->order;
	struct zpl_setup setup = {
		.sheet = w->setup->sheet,
		.printer = w->setup->printer,
		.design = design_of(w),
		.compact = order->compact,
		.start = w->start,
		.speed = order->speed,
		.feed = feed_of(order),
	};

	if (w->setup->font_path != NULL) {
		w->typeface = typeface_open(w->setup->font_path);
		if (w->typeface == NULL)
			return LABEL_BAD_FONT;
	}
	setup.typeface = w->typeface;
	w->zpl = zpl_new(&setup, w->out);
	return w->zpl == NULL ? LABEL_FAILED : LABEL_MADE;
}

static enum label_result add_zpl(struct label_writer *w, const struct qr *qr, struct slice url,
				 const struct label_text *text, uint64_t copies)
{
	return zpl_add(w->zpl, qr, url, text, copies);
}

static enum label_result end_zpl(struct label_writer *w)
{
	w->tally.pages = zpl_pages(w->zpl);
	w->tally.without_code = zpl_labels_without_code(w->zpl);
	w->tally.shortened = zpl_labels_shortened(w->zpl);
	return zpl_finish(w->zpl) ? LABEL_MADE : LABEL_FAILED;
}

static enum label_result begin_picture(struct label_writer *w)
{
	if (w->setup->order.zip)
		w->zip = zip_new(w->out);
	return w->setup->order.zip && w->zip == NULL ? LABEL_FAILED : LABEL_MADE;
}

static void draw_picture(const struct label_writer *w, const struct qr *qr, struct buf *out)
{
	static void (*const draw[])(const struct qr *, const struct printer *, struct buf *) = {
		[LABEL_SVG] = svg_write,
		[LABEL_PNG] = picture_png_write,
		[LABEL_EPS] = eps_write,
	};

	draw[w->setup->order.format](qr, &w->setup->printer, out);
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-';
}

void label_picture_name(const struct label_text *text, enum label_format format,
			char ret_name[LABEL_PICTURE_NAME_SIZE])
{
	struct buf room;

	buf_init(&room, LABEL_PICTURE_NAME_SIZE - 1);
	buf_add_slice(&room, text->gtin);
	buf_add_char(&room, '_');
	for (size_t i = 0; i < text->serial.length; i++)
		if (is_plain(text->serial.data[i]))
			buf_add_char(&room, text->serial.data[i]);
		else
			buf_add_format(&room, "%%%02X", (unsigned char)text->serial.data[i]);
	buf_add_format(&room, ".%s", label_format_name(format));
	(void)snprintf(ret_name, LABEL_PICTURE_NAME_SIZE, "%s",
		       room.failed ? "" : buf_string(&room));
	buf_release(&room);
}

static enum label_result add_picture(struct label_writer *w, const struct qr *qr, struct slice url,
				     const struct label_text *text, uint64_t copies)
{
	bool compressed = w->setup->order.format == LABEL_PNG;
	char name[LABEL_PICTURE_NAME_SIZE];

	(void)url;
	(void)copies;
	if (w->zip == NULL) {
		draw_picture(w, qr, w->out);
		return LABEL_MADE;
	}
	label_picture_name(text, w->setup->order.format, name);
	buf_clear(&w->picture);
	draw_picture(w, qr, &w->picture);
	if (!buf_ok(&w->picture) || !zip_add(w->zip, name, buf_slice(&w->picture), compressed))
		return LABEL_FAILED;
	return LABEL_MADE;
}

static enum label_result end_picture(struct label_writer *w)
{
	return w->zip == NULL || zip_finish(w->zip) ? LABEL_MADE : LABEL_FAILED;
}

static bool pdf_full(const struct label_writer *w)
{
	return w->placed >= LABEL_FILE_LABELS ||
	       (pdf_page_full(w->pdf) && pdf_pages(w->pdf) >= w->setup->pages_a_file);
}

static bool zpl_full(const struct label_writer *w)
{
	return w->tally.labels >= LABEL_FILE_ZPL;
}

static bool picture_full(const struct label_writer *w)
{
	return w->tally.labels >= (w->zip == NULL ? 1 : LABEL_FILE_ENTRIES);
}

static const struct format formats[] = {
	[LABEL_PDF] = { begin_pdf, add_pdf, pdf_full, end_pdf },
	[LABEL_ZPL] = { begin_zpl, add_zpl, zpl_full, end_zpl },
	[LABEL_SVG] = { begin_picture, add_picture, picture_full, end_picture },
	[LABEL_PNG] = { begin_picture, add_picture, picture_full, end_picture },
	[LABEL_EPS] = { begin_picture, add_picture, picture_full, end_picture },
};

/* --- previews --- */

static enum label_result begin_preview(struct label_writer *w)
{
	const struct label_setup *s = w->setup;
	struct preview_setup setup = {
		.sheet = s->sheet,
		.printer = s->printer,
		.font_path = s->font_path,
		.design = design_of(w),
		.zpl = s->order.format == LABEL_ZPL,
		.start = w->start,
		.feed = feed_of(&s->order),
	};

	return label_order_has_labels(&s->order) ? preview_new(&setup, &w->preview) : LABEL_MADE;
}

static enum label_result add_preview(struct label_writer *w, const struct qr *qr, struct slice url,
				     const struct label_text *text, uint64_t copies)
{
	enum label_result result = LABEL_MADE;

	(void)url;
	if (w->preview == NULL && w->tally.labels == 0)
		picture_png_write(qr, &w->setup->printer, w->out);
	for (uint64_t i = 0; w->preview != NULL && i < copies && result == LABEL_MADE; i++)
		result = preview_add(w->preview, qr, text);
	return result;
}

static bool preview_is_full(const struct label_writer *w)
{
	return w->preview == NULL ? w->tally.labels > 0 : preview_full(w->preview);
}

static enum label_result end_preview(struct label_writer *w)
{
	if (w->preview != NULL)
		preview_png(w->preview, w->out);
	return LABEL_MADE;
}

static const struct format preview_format = { begin_preview, add_preview, preview_is_full,
					      end_preview };

/* --- a file --- */

static enum label_result begin(const struct label_setup *setup, const struct format *format,
			       bool first, struct buf *out, struct label_writer **ret_writer)
{
	struct label_writer *w = calloc(1, sizeof(*w));
	enum label_result result;

	if (w == NULL)
		return LABEL_FAILED;
	w->setup = setup;
	w->format = format;
	w->out = out;
	w->start = first ? setup->order.start - 1 : 0;
	buf_init(&w->picture, PICTURE_MOST);
	qr_series_init(&w->series, setup->order.level);
	result = w->format->begin(w);
	if (result == LABEL_MADE)
		*ret_writer = w;
	else
		label_writer_free(w);
	return result;
}

enum label_result label_writer_new(const struct label_setup *setup, bool first, struct buf *out,
				   struct label_writer **ret_writer)
{
	return begin(setup, &formats[setup->order.format], first, out, ret_writer);
}

enum label_result label_writer_preview(const struct label_setup *setup, struct buf *out,
				       struct label_writer **ret_writer)
{
	return begin(setup, &preview_format, true, out, ret_writer);
}

void label_writer_free(struct label_writer *w)
{
	if (w == NULL)
		return;
	pdf_free(w->pdf);
	zpl_free(w->zpl);
	typeface_close(w->typeface);
	zip_free(w->zip);
	buf_release(&w->picture);
	qr_series_release(&w->series);
	preview_free(w->preview);
	free(w);
}

/* Running out of room shows only in the buf. */
static enum label_result explain(const struct label_writer *w, enum label_result result)
{
	if (result == LABEL_FAILED || result == LABEL_MADE)
		return buf_ok(w->out) ? result : LABEL_NO_ROOM;
	return result;
}

static void count(struct label_tally *tally, unsigned modules)
{
	tally->labels++;
	if (tally->least_modules == 0 || modules < tally->least_modules)
		tally->least_modules = modules;
	if (modules > tally->most_modules)
		tally->most_modules = modules;
}

static enum label_result add_symbol(struct label_writer *w, const struct qr *qr, struct slice url,
				    const struct label_text *text, uint64_t copies)
{
	enum label_result result = explain(w, w->format->add(w, qr, url, text, copies));

	if (result != LABEL_MADE)
		return result;
	w->placed += copies;
	count(&w->tally, qr->size);
	return LABEL_MADE;
}

enum label_result label_writer_add(struct label_writer *w, struct slice url,
				   const struct label_text *text, uint64_t copies)
{
	struct qr qr;

	switch (qr_series_make(&w->series, url, &qr)) {
	case QR_MADE:
		return add_symbol(w, &qr, url, text, copies);
	case QR_FAILED:
		return LABEL_FAILED;
	default:
		return LABEL_BAD_CODE;
	}
}

uint32_t label_writer_missing(const struct label_writer *w)
{
	if (w->pdf != NULL)
		return pdf_missing(w->pdf);
	if (w->preview != NULL)
		return preview_missing(w->preview);
	return w->zpl != NULL ? zpl_missing(w->zpl) : 0;
}

bool label_writer_full(const struct label_writer *w)
{
	return w->format->full(w);
}

static void add_tally(struct label_tally *sum, const struct label_tally *t)
{
	sum->labels += t->labels;
	sum->pages += t->pages;
	sum->without_code += t->without_code;
	sum->shortened += t->shortened;
	if (sum->least_modules == 0 ||
	    (t->least_modules > 0 && t->least_modules < sum->least_modules))
		sum->least_modules = t->least_modules;
	if (t->most_modules > sum->most_modules)
		sum->most_modules = t->most_modules;
}

enum label_result label_writer_finish(struct label_writer *w, struct label_tally *tally)
{
	enum label_result result = explain(w, w->format->end(w));

	if (result == LABEL_MADE)
		add_tally(tally, &w->tally);
	return result;
}

const char *label_reason(enum label_result result)
{
	static const char *const reasons[] = {
		[LABEL_MADE] = "fine",
		[LABEL_BAD_CODE] = "too long for a QR code of version 10",
		[LABEL_BAD_FONT] = "the font cannot be read or is no TrueType font",
		[LABEL_NEEDS_FONT] = "the text goes beyond ASCII and no font was found"
				     " (Debian: fonts-wqy-zenhei; or --font FILE)",
		[LABEL_NO_GLYPH] = "the font lacks a character of the text: take another font",
		[LABEL_SYMBOL_TOO_BIG] = "the symbol with its quiet zone is larger than the label",
		[LABEL_OFF_PAPER] = "the offset moves the label off the paper",
		[LABEL_NO_ROOM] = "the file would be too large",
		[LABEL_STOPPED] = "stopped",
		[LABEL_FAILED] = "out of memory",
	};

	return reasons[result];
}
