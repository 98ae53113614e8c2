/* Label files on disk. */
#include "cli/label_print.h"

#include <errno.h>

#include "model/digital_link.h"

enum { REFUSALS_SHOWN = 100, COPIES_MOST = 1000 };

static int fail(struct label_print *p)
{
	return command_fail(p->context, EXIT_FAILED, "%s", p->files.why);
}

static bool is_picture(const struct label_print *p)
{
	return !label_order_has_labels(&p->setup.order) && !p->setup.order.zip;
}

static const char *extension(const struct label_print *p)
{
	return p->setup.order.zip ? "zip" : label_format_name(p->setup.order.format);
}

/* --- names --- */

/* --out names a folder, or where one file may hold all, the file itself. */
static void choose_names(struct label_print *p)
{
	struct slice out = slice_of(p->out);
	const char *slash = strrchr(p->out, '/');
	const char *base = slash == NULL ? p->out : slash + 1;
	char ending[8];

	(void)snprintf(p->stem, sizeof(p->stem), "labels");
	(void)snprintf(p->manifest, sizeof(p->manifest), "manifest.json");
	(void)snprintf(p->folder, sizeof(p->folder), "%s", p->out);
	(void)snprintf(ending, sizeof(ending), ".%s", extension(p));
	if (is_picture(p) || !slice_ends(out, slice_of(ending)))
		return;
	(void)snprintf(p->stem, sizeof(p->stem), "%.*s", (int)(strlen(base) - strlen(ending)),
		       base);
	(void)snprintf(p->manifest, sizeof(p->manifest), "%.200s.manifest.json", p->stem);
	if (slash == NULL)
		(void)snprintf(p->folder, sizeof(p->folder), ".");
	else
		(void)snprintf(p->folder, sizeof(p->folder), "%.*s",
			       slash == p->out ? 1 : (int)(slash - p->out), p->out);
}

int label_print_begin(struct label_print *p)
{
	p->files.folder = -1;
	p->begun = true;
	buf_init(&p->file, LABEL_FILE_BYTES);
	buf_init(&p->first, DL_URI_MAX);
	buf_init(&p->last, DL_URI_MAX);
	p->to_output = strcmp(p->out, "-") == 0;
	if (p->to_output)
		return EXIT_OK;
	choose_names(p);
	return artefacts_init(&p->files, p->folder, p->manifest,
			      label_format_name(p->setup.order.format), p->force)
		   ? EXIT_OK
		   : fail(p);
}

void label_print_release(struct label_print *p)
{
	label_writer_free(p->writer);
	if (p->begun)
		artefacts_release(&p->files);
	buf_release(&p->file);
	buf_release(&p->first);
	buf_release(&p->last);
}

/* --- files --- */

/* Parts are numbered once there is more than one; the last call says whether more follow. */
static int put_file(struct label_print *p, const char *name, bool last)
{
	char numbered[LABEL_PRINT_NAME_SIZE + 32];
	struct slice url = is_picture(p) ? buf_slice(&p->last) : S("");

	p->parts++;
	if (p->to_output) {
		if (fwrite(p->file.data, 1, p->file.length, stdout) == p->file.length &&
		    fflush(stdout) == 0)
			return EXIT_OK;
		return command_fail(p->context, EXIT_FAILED, "standard output: %s",
				    strerror(errno));
	}
	if (name == NULL && last && p->parts == 1)
		(void)snprintf(numbered, sizeof(numbered), "%s.%s", p->stem, extension(p));
	else if (name == NULL)
		(void)snprintf(numbered, sizeof(numbered), "%s-%04llu.%s", p->stem,
			       (unsigned long long)p->parts, extension(p));
	if (!artefacts_add(&p->files, name == NULL ? numbered : name, buf_slice(&p->file), url,
			   name == NULL))
		return fail(p);
	return EXIT_OK;
}

static int end_file(struct label_print *p, const char *name, bool last)
{
	enum label_result result;

	if (p->in_file == 0)
		return EXIT_OK;
	result = label_writer_finish(p->writer, &p->tally);
	label_writer_free(p->writer);
	p->writer = NULL;
	p->in_file = 0;
	if (result != LABEL_MADE)
		return command_fail(p->context, EXIT_FAILED, "%s", label_reason(result));
	return put_file(p, name, last);
}

static int begin_file(struct label_print *p)
{
	enum label_result result;

	if (p->writer != NULL)
		return EXIT_OK;
	buf_clear(&p->file);
	result = label_writer_new(&p->setup, p->parts == 0, &p->file, &p->writer);
	if (result == LABEL_MADE)
		return EXIT_OK;
	return command_fail(p->context, EXIT_FAILED, "%s%s%s",
			    result == LABEL_BAD_FONT ? p->setup.font_path : "",
			    result == LABEL_BAD_FONT ? ": " : "", label_reason(result));
}

int label_print_cut(struct label_print *p)
{
	return end_file(p, NULL, false);
}

/* --- labels --- */

void label_print_report(struct label_print *p, const char *why)
{
	if (p->context->progress)
		fputs("\r\033[K", stderr);
	if (p->rejected++ < REFUSALS_SHOWN)
		fprintf(stderr, "%s\n", why);
	else if (p->rejected == REFUSALS_SHOWN + 1)
		fputs("(further refused rows are only counted)\n", stderr);
}

/* "codes.csv:7: ", or the name alone. */
static const char *where(const struct label_source *source, char room[512])
{
	if (source->line == 0)
		(void)snprintf(room, 512, "%.400s: ", source->name);
	else
		(void)snprintf(room, 512, "%.400s:%llu: ", source->name,
			       (unsigned long long)source->line);
	return room;
}

static int fail_too_big(struct label_print *p, const struct label_source *source)
{
	const struct sheet *sheet = &p->setup.sheet;
	char room[512];
	struct qr qr;

	if (qr_make(source->url, p->setup.order.level, &qr) != QR_MADE)
		return command_fail(p->context, EXIT_FAILED, "out of memory");
	return command_fail(p->context, EXIT_FAILED,
			    "%sthe symbol is %.1f mm with its quiet zone, the label %.1f x %.1f "
			    "mm: take fewer --dots (with --allow-small where needed) or a larger "
			    "sheet",
			    where(source, room), printer_side_mm(&p->setup.printer, &qr),
			    (double)sheet->label_width / 1000, (double)sheet->label_height / 1000);
}

static int refuse_label(struct label_print *p, const struct label_source *source,
			enum label_result result)
{
	char room[512], why[1024];

	switch (result) {
	case LABEL_BAD_CODE:
		(void)snprintf(why, sizeof(why), "%s%s", where(source, room), label_reason(result));
		label_print_report(p, why);
		return EXIT_OK;
	case LABEL_SYMBOL_TOO_BIG:
		return fail_too_big(p, source);
	case LABEL_NO_GLYPH:
		return command_fail(p->context, EXIT_FAILED,
				    "%sthe font %s has no character U+%04X: take another --font",
				    where(source, room), p->setup.font_path,
				    (unsigned)label_writer_missing(p->writer));
	default:
		return command_fail(p->context, EXIT_FAILED, "%s%s", where(source, room),
				    label_reason(result));
	}
}

static void remember(struct label_print *p, struct slice url)
{
	if (p->first.length == 0)
		buf_add_slice(&p->first, url);
	buf_clear(&p->last);
	buf_add_slice(&p->last, url);
}

static void refuse_copies(struct label_print *p, const struct label_source *source, uint64_t copies)
{
	char room[512], why[600];

	(void)snprintf(why, sizeof(why), "%s%llu copies, and at most %d are made",
		       where(source, room), (unsigned long long)copies, COPIES_MOST);
	label_print_report(p, why);
}

int label_print_add(struct label_print *p, const struct label_source *source)
{
	uint64_t copies = source->copies * p->setup.order.copies; /* 1,000 times 1,000 at most */
	char name[LABEL_PICTURE_NAME_SIZE];
	enum label_result result;
	int status = EXIT_OK;

	if (copies > COPIES_MOST) {
		refuse_copies(p, source, copies);
		return EXIT_OK;
	}
	if (p->writer != NULL && label_writer_full(p->writer))
		status = end_file(p, NULL, false);
	if (status == EXIT_OK)
		status = begin_file(p);
	if (status != EXIT_OK)
		return status;
	result = label_writer_add(p->writer, source->url, &source->text, copies);
	if (result != LABEL_MADE)
		return refuse_label(p, source, result);
	p->in_file++;
	remember(p, source->url);
	if (!is_picture(p))
		return EXIT_OK;
	label_picture_name(&source->text, p->setup.order.format, name);
	return end_file(p, name, false);
}

/* --- the report --- */

static void add_url(struct buf *out, const char *name, const struct buf *url)
{
	/* urls that parsed have no character that JSON would escape but quote and backslash */
	buf_add_format(out, ",\"%s\":\"", name);
	for (size_t i = 0; i < url->length; i++) {
		if (url->data[i] == '"' || url->data[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, url->data[i]);
	}
	buf_add_char(out, '"');
}

static double side_mm(const struct label_print *p, unsigned modules)
{
	return modules == 0 ? 0 : (modules + 2 * QR_QUIET) * p->setup.printer.module_mm;
}

/* The same members in the manifest and in --json. */
static void describe(const struct label_print *p, struct buf *out)
{
	const struct label_tally *t = &p->tally;
	const struct printer *printer = &p->setup.printer;

	buf_add_format(
	    out,
	    "\"count\":%llu,\"rejected\":%llu,\"files\":%llu,\"pages\":%llu,\"format\":\"%s\","
	    "\"dpi\":%u,\"dots\":%u,\"module_mm\":%.4f,\"level_least\":\"%c\",",
	    (unsigned long long)t->labels, (unsigned long long)p->rejected,
	    (unsigned long long)p->parts, (unsigned long long)t->pages,
	    label_format_name(p->setup.order.format), printer->dpi, printer->dots,
	    printer->module_mm, qr_level_letter(p->setup.order.level));
	buf_add_format(out, "\"side_mm_least\":%.2f,\"side_mm_most\":%.2f",
		       side_mm(p, t->least_modules), side_mm(p, t->most_modules));
	buf_add_format(out, ",\"without_text\":%llu,\"text_shortened\":%llu,\"order\":",
		       (unsigned long long)t->without_code, (unsigned long long)t->shortened);
	label_order_write(&p->setup.order, out);
	if (t->labels == 0)
		return;
	add_url(out, "first", &p->first);
	add_url(out, "last", &p->last);
}

static void say_sizes(const struct label_print *p, FILE *out)
{
	const struct printer *printer = &p->setup.printer;

	fprintf(out, "module %.3f mm (%u dots at %u dpi), symbol %.1f", printer->module_mm,
		printer->dots, printer->dpi, side_mm(p, p->tally.least_modules));
	if (p->tally.most_modules != p->tally.least_modules)
		fprintf(out, " to %.1f", side_mm(p, p->tally.most_modules));
	fputs(" mm with quiet zone\n", out);
}

/* "1 label", "21 labels" */
static void say_count(FILE *out, uint64_t count, const char *noun)
{
	fprintf(out, "%llu %s%s", (unsigned long long)count, noun, count == 1 ? "" : "s");
}

static void say_people(const struct label_print *p)
{
	const struct label_tally *t = &p->tally;
	FILE *out = p->to_output ? stderr : stdout;

	say_count(out, t->labels, "label");
	if (!p->to_output) {
		fputs(" in ", out);
		say_count(out, p->parts, "file");
		fprintf(out, " in %s (%s)", p->folder, p->files.manifest);
	}
	fputc('\n', out);
	if (t->labels > 0)
		say_sizes(p, out);
	if (t->pages > 0)
		fprintf(out, "%s, %llu page%s%s\n", p->setup.sheet.title,
			(unsigned long long)t->pages, t->pages == 1 ? "" : "s",
			p->setup.order.format == LABEL_PDF
			    ? "; print at actual size, not fitted to the page"
			    : "");
	if (t->without_code > 0) {
		say_count(out, t->without_code, "label");
		fputs(" without room for text\n", out);
	}
	if (t->shortened > 0) {
		say_count(out, t->shortened, "label");
		fputs(" without room for every line of text\n", out);
	}
	if (p->rejected > 0)
		fprintf(out, "%llu rows refused\n", (unsigned long long)p->rejected);
}

int label_print_end(struct label_print *p)
{
	int status = end_file(p, NULL, true);
	struct buf fields;
	bool good = true;

	if (status != EXIT_OK)
		return status;
	buf_init(&fields, 8192);
	describe(p, &fields);
	if (!p->to_output)
		good = artefacts_finish(&p->files, buf_string(&fields));
	if (good && p->context->json)
		fprintf(p->to_output ? stderr : stdout, "{%s}\n", buf_string(&fields));
	buf_release(&fields);
	if (!good)
		return fail(p);
	if (!p->context->json)
		say_people(p);
	return p->rejected > 0 ? EXIT_REJECTED : EXIT_OK;
}
