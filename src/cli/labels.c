/*
 * `suyuan labels`: pictures and sheets of codes, for label programs and printers. Reads the
 * CSV that `suyuan batch` writes; what a picture decodes to is that row's url, byte for byte.
 */
#include "cli/command.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/artefact.h"
#include "cli/label_rows.h"
#include "cli/sheet_file.h"
#include "label/picture_png.h"
#include "label/svg.h"

extern const struct command command_labels;

enum {
	NAME_SIZE = 256,
	FILE_MAXIMUM = 512 << 20, /* bytes of one artefact */
	PAGES_A_FILE = 250,
	REFUSALS_SHOWN = 100,
};

/* Latin and Chinese in one TrueType collection (Debian: fonts-wqy-zenhei). */
static const char standard_font[] = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc";

struct options {
	const char *format, *out, *sheet, *font;
	struct word_list inputs; /* at most one */
	const char *input;	 /* it, or NULL */
	uint64_t dpi, dots, start, pages_a_file;
	double offset_x, offset_y; /* mm */
	enum qr_level level;
	bool allow_small, force;
};

/* What one run holds. */
struct run {
	struct command_context *context;
	struct options options;
	struct printer printer;
	struct label_rows rows;
	struct artefacts out;
	char folder[4096], manifest[NAME_SIZE], stem[NAME_SIZE]; /* stem of PDF files */
	struct buf picture;					 /* the artefact being made */
	struct pdf_setup sheet;
	struct pdf *pdf; /* the part being filled */
	uint64_t parts, pages, labels, rejected, without_code, shortened;
	struct buf first, last;		/* urls printed */
	unsigned least_size, most_size; /* modules */
};

/* --- options --- */

/* "1.5" or "-0.8mm" as millimetres. */
static bool read_offset(struct slice text, void *ret_mm)
{
	size_t minus = text.length > 0 && text.data[0] == '-';
	uint64_t micrometres;

	if (!sheet_length_parse(slice_from(text, minus), &micrometres))
		return false;
	*(double *)ret_mm = (minus ? -1.0 : 1.0) * (double)micrometres / 1000;
	return true;
}

static bool read_level(struct slice text, void *ret_level)
{
	return qr_level_parse(text, ret_level);
}

static const struct option_rule rules[] = {
	OPTION(TEXT, "format", struct options, format),
	OPTION(TEXT, "out", struct options, out),
	OPTION(TEXT, "sheet", struct options, sheet),
	OPTION(NUMBER, "dpi", struct options, dpi, .least = 100, .most = 2540),
	OPTION(NUMBER, "dots", struct options, dots, .least = 1, .most = 200),
	OPTION(OTHER, "level", struct options, level, .read = read_level, .wants = "L, M, Q or H"),
	OPTION(TEXT, "font", struct options, font),
	OPTION(NUMBER, "start", struct options, start, .least = 1, .most = 10000),
	OPTION(OTHER, "offset-x", struct options, offset_x, .read = read_offset,
	       .wants = "a length in mm"),
	OPTION(OTHER, "offset-y", struct options, offset_y, .read = read_offset,
	       .wants = "a length in mm"),
	OPTION(NUMBER, "pages-per-file", struct options, pages_a_file, .least = 1, .most = 1000),
	OPTION(FLAG, "allow-small", struct options, allow_small),
	OPTION(FLAG, "force", struct options, force),
	OPTION(OPERANDS, "FILE", struct options, inputs, .most = 1),
	OPTIONS_END,
};

/* EXIT_OK or what to exit with. */
static int read_options(struct options *o, int argc, char **argv)
{
	*o = (struct options){ .dpi = 300,
			       .level = QR_LEVEL_M,
			       .sheet = "L7160",
			       .pages_a_file = PAGES_A_FILE,
			       .start = 1 };
	if (!arguments_read(&command_labels, rules, argc, argv, o))
		return EXIT_USAGE;
	o->input = o->inputs.count > 0 ? o->inputs.words[0] : NULL;
	return EXIT_OK;
}

static int choose_printer(struct run *run)
{
	const struct options *o = &run->options;

	switch (printer_init(&run->printer, (unsigned)o->dpi, (unsigned)o->dots, o->allow_small)) {
	case PRINTER_OK:
		break;
	case PRINTER_TOO_SMALL:
		return command_fail(
		    run->context, EXIT_USAGE,
		    "%u dots at %u dpi make modules of %.3f mm; GS1 allows %.3f mm and more: take "
		    "%u dots, or --allow-small for codes that only phones read",
		    run->printer.dots, run->printer.dpi, run->printer.module_mm,
		    PRINTER_MODULE_LEAST, printer_least_dots(run->printer.dpi));
	default:
		return command_usage(&command_labels, "--dpi is 100 to 2540, --dots 1 to 200");
	}
	if (run->printer.module_mm > PRINTER_MODULE_MOST && !run->context->json)
		fprintf(stderr, "suyuan: modules of %.3f mm are over the %.3f mm that GS1 allows\n",
			run->printer.module_mm, PRINTER_MODULE_MOST);
	return EXIT_OK;
}

/* --- one artefact a label: SVG and PNG --- */

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-';
}

/* GTIN_SERIAL.svg; characters that a file system might mind become %XX. */
static void artefact_name(const struct label_row *row, const char *extension, char name[NAME_SIZE])
{
	struct slice serial = row->text.serial;
	size_t n;

	n = (size_t)snprintf(name, NAME_SIZE, "%.*s_", SLICE_ARG(row->text.gtin));
	for (size_t i = 0; i < serial.length; i++) /* at most 20 */
		n += (size_t)snprintf(name + n, NAME_SIZE - n,
				      is_plain(serial.data[i]) ? "%c" : "%%%02X",
				      (unsigned char)serial.data[i]);
	(void)snprintf(name + n, NAME_SIZE - n, ".%s", extension);
}

static int add_picture(struct run *run, const struct label_row *row)
{
	char name[NAME_SIZE];

	if (!buf_ok(&run->picture))
		return command_fail(run->context, EXIT_FAILED, "out of memory");
	artefact_name(row, run->options.format, name);
	if (!artefacts_add(&run->out, name, buf_slice(&run->picture), row->url, false))
		return command_fail(run->context, EXIT_FAILED, "%s", run->out.why);
	return EXIT_OK;
}

static int print_svg(struct run *run, const struct label_row *row, const struct qr *qr)
{
	buf_clear(&run->picture);
	svg_write(qr, &run->printer, &run->picture);
	return add_picture(run, row);
}

static int print_png(struct run *run, const struct label_row *row, const struct qr *qr)
{
	buf_clear(&run->picture);
	picture_png_write(qr, &run->printer, &run->picture);
	return add_picture(run, row);
}

/* --- sheets of labels: PDF --- */

static int begin_pdf(struct run *run)
{
	int status = sheet_file_load(run->context, run->options.sheet, &run->sheet.sheet);

	if (status != EXIT_OK)
		return status;
	run->sheet.printer = run->printer;
	run->sheet.offset_x = run->options.offset_x;
	run->sheet.offset_y = run->options.offset_y;
	run->sheet.start = run->options.start - 1;
	run->sheet.font_path = run->options.font;
	if (run->sheet.font_path == NULL && access(standard_font, R_OK) == 0)
		run->sheet.font_path = standard_font;
	if (run->sheet.start >= sheet_labels(&run->sheet.sheet))
		return command_usage(&command_labels, "--start is 1 to %llu on this sheet",
				     (unsigned long long)sheet_labels(&run->sheet.sheet));
	return EXIT_OK;
}

/* Parts are numbered once there is more than one; the last call says whether more follow. */
static int write_part(struct run *run, bool last)
{
	enum pdf_result result;
	char name[NAME_SIZE + 16];

	buf_clear(&run->picture);
	result = pdf_finish(run->pdf, &run->picture);
	if (result != PDF_OK)
		return command_fail(run->context, EXIT_FAILED, "%s", pdf_reason(result));
	run->parts++;
	run->pages += pdf_pages(run->pdf);
	run->without_code += pdf_labels_without_code(run->pdf);
	run->shortened += pdf_labels_shortened(run->pdf);
	pdf_free(run->pdf);
	run->pdf = NULL;
	run->sheet.start = 0;
	if (last && run->parts == 1)
		(void)snprintf(name, sizeof(name), "%s.pdf", run->stem);
	else
		(void)snprintf(name, sizeof(name), "%s-%04llu.pdf", run->stem,
			       (unsigned long long)run->parts);
	if (!artefacts_add(&run->out, name, buf_slice(&run->picture), S(""), true))
		return command_fail(run->context, EXIT_FAILED, "%s", run->out.why);
	return EXIT_OK;
}

static int place_label(struct run *run, const struct label_row *row, const struct qr *qr)
{
	enum pdf_result result = PDF_OK;
	int status = EXIT_OK;

	if (run->pdf != NULL && pdf_page_full(run->pdf) &&
	    pdf_pages(run->pdf) >= run->options.pages_a_file)
		status = write_part(run, false);
	if (status == EXIT_OK && run->pdf == NULL)
		result = pdf_new(&run->sheet, &run->pdf);
	if (status == EXIT_OK && result == PDF_OK)
		result = pdf_add(run->pdf, qr, &row->text);
	if (result == PDF_SYMBOL_TOO_BIG)
		return command_fail(
		    run->context, EXIT_FAILED,
		    "%s:%llu: the symbol is %.1f mm with its quiet zone, the label %.1f x %.1f mm: "
		    "take "
		    "fewer --dots (with --allow-small where needed) or a larger sheet",
		    run->rows.name, (unsigned long long)row->line,
		    printer_side_mm(&run->printer, qr), (double)run->sheet.sheet.label_width / 1000,
		    (double)run->sheet.sheet.label_height / 1000);
	if (result != PDF_OK)
		return command_fail(run->context, EXIT_FAILED, "%s:%llu: %s", run->rows.name,
				    (unsigned long long)row->line, pdf_reason(result));
	return status;
}

static int print_pdf(struct run *run, const struct label_row *row, const struct qr *qr)
{
	int status = EXIT_OK;

	for (uint64_t copy = 0; copy < row->copies && status == EXIT_OK; copy++)
		status = place_label(run, row, qr);
	return status;
}

static int end_pdf(struct run *run)
{
	return run->pdf == NULL ? EXIT_OK : write_part(run, true);
}

static int nothing_to_do(struct run *run)
{
	(void)run;
	return EXIT_OK;
}

static const struct format {
	const char *name;
	int (*begin)(struct run *run);
	int (*print)(struct run *run, const struct label_row *row, const struct qr *qr);
	int (*end)(struct run *run);
} formats[] = {
	{ "svg", nothing_to_do, print_svg, nothing_to_do },
	{ "png", nothing_to_do, print_png, nothing_to_do },
	{ "pdf", begin_pdf, print_pdf, end_pdf },
};

/* --- rows --- */

static void report(struct run *run, const char *why)
{
	if (run->context->progress)
		fputs("\r\033[K", stderr);
	if (run->rejected++ < REFUSALS_SHOWN)
		fprintf(stderr, "%s\n", why);
	else if (run->rejected == REFUSALS_SHOWN + 1)
		fputs("(further refused rows are only counted)\n", stderr);
}

static int print_row(struct run *run, const struct format *format, const struct label_row *row)
{
	enum qr_result made;
	char why[256];
	struct qr qr;
	int status;

	made = qr_make(row->url, run->options.level, &qr);
	if (made != QR_MADE) {
		(void)snprintf(why, sizeof(why), "%s:%llu: %s", run->rows.name,
			       (unsigned long long)row->line, qr_reason(made));
		report(run, why);
		return EXIT_OK;
	}
	status = format->print(run, row, &qr);
	if (status != EXIT_OK)
		return status;
	if (run->labels++ == 0)
		buf_add_slice(&run->first, row->url);
	buf_clear(&run->last);
	buf_add_slice(&run->last, row->url);
	if (run->least_size == 0 || qr.size < run->least_size)
		run->least_size = qr.size;
	if (qr.size > run->most_size)
		run->most_size = qr.size;
	return EXIT_OK;
}

static int print_rows(struct run *run, const struct format *format, uint64_t bytes)
{
	enum label_rows_result result;
	struct progress progress;
	struct label_row row;
	int status = EXIT_OK;

	progress_start(&progress, run->context, "labels", bytes);
	while (status == EXIT_OK) {
		result = label_rows_next(&run->rows, &row);
		if (result == LABEL_ROWS_OK)
			status = print_row(run, format, &row);
		else if (result == LABEL_ROWS_REFUSED)
			report(run, run->rows.why);
		else
			break;
		progress_to(&progress, bytes > 0 ? run->rows.bytes : run->labels);
	}
	progress_end(&progress);
	if (status == EXIT_OK && result == LABEL_ROWS_BROKEN)
		status = command_fail(run->context, EXIT_FAILED, "%s", run->rows.why);
	return status == EXIT_OK ? format->end(run) : status;
}

/* --- the result --- */

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

/* The same members in the manifest and in --json. */
static void describe(const struct run *run, struct buf *out)
{
	double module = run->printer.module_mm;

	buf_add_format(
	    out,
	    "\"count\":%llu,\"rejected\":%llu,\"files\":%llu,\"pages\":%llu,\"format\":\"%s\","
	    "\"dpi\":%u,\"dots\":%u,\"module_mm\":%.4f,\"level_least\":\"%c\",",
	    (unsigned long long)run->labels, (unsigned long long)run->rejected,
	    (unsigned long long)run->out.count, (unsigned long long)run->pages, run->options.format,
	    run->printer.dpi, run->printer.dots, module, qr_level_letter(run->options.level));
	buf_add_format(out, "\"side_mm_least\":%.2f,\"side_mm_most\":%.2f",
		       run->labels == 0 ? 0 : (run->least_size + 2 * QR_QUIET) * module,
		       run->labels == 0 ? 0 : (run->most_size + 2 * QR_QUIET) * module);
	buf_add_format(out, ",\"without_text\":%llu,\"text_shortened\":%llu",
		       (unsigned long long)run->without_code, (unsigned long long)run->shortened);
	if (run->labels == 0)
		return;
	add_url(out, "first", &run->first);
	add_url(out, "last", &run->last);
}

static void say_sizes(const struct run *run)
{
	double module = run->printer.module_mm;

	printf("module %.3f mm (%u dots at %u dpi), symbol %.1f", module, run->printer.dots,
	       run->printer.dpi, (run->least_size + 2 * QR_QUIET) * module);
	if (run->most_size != run->least_size)
		printf(" to %.1f", (run->most_size + 2 * QR_QUIET) * module);
	puts(" mm with quiet zone");
}

static void say_people(const struct run *run)
{
	printf("%llu labels in %llu files in %s (%s)\n", (unsigned long long)run->labels,
	       (unsigned long long)run->out.count, run->folder, run->out.manifest);
	if (run->labels > 0)
		say_sizes(run);
	if (run->parts > 0)
		printf("%s, %llu pages; print at actual size, not fitted to the page\n",
		       run->sheet.sheet.title, (unsigned long long)run->pages);
	if (run->without_code > 0)
		printf("%llu labels have no room for text\n",
		       (unsigned long long)run->without_code);
	if (run->shortened > 0)
		printf("%llu labels have no room for every line of text\n",
		       (unsigned long long)run->shortened);
	if (run->rejected > 0)
		printf("%llu rows refused\n", (unsigned long long)run->rejected);
}

static int conclude(struct run *run)
{
	struct buf fields;
	bool good;

	buf_init(&fields, 4096);
	describe(run, &fields);
	good = artefacts_finish(&run->out, buf_string(&fields));
	if (good && run->context->json)
		printf("{%s}\n", buf_string(&fields));
	buf_release(&fields);
	if (!good)
		return command_fail(run->context, EXIT_FAILED, "%s", run->out.why);
	if (!run->context->json)
		say_people(run);
	return run->rejected > 0 ? EXIT_REJECTED : EXIT_OK;
}

/* --- the command --- */

/* --out names a folder, or for PDF also the file itself. */
static void choose_names(struct run *run)
{
	struct slice out = slice_of(run->options.out);
	const char *slash = strrchr(run->options.out, '/');
	const char *base = slash == NULL ? run->options.out : slash + 1;

	(void)snprintf(run->stem, sizeof(run->stem), "labels");
	(void)snprintf(run->manifest, sizeof(run->manifest), "manifest.json");
	(void)snprintf(run->folder, sizeof(run->folder), "%s", run->options.out);
	if (strcmp(run->options.format, "pdf") != 0 || !slice_ends(out, S(".pdf")))
		return;
	(void)snprintf(run->stem, sizeof(run->stem), "%.*s", (int)(strlen(base) - 4), base);
	(void)snprintf(run->manifest, sizeof(run->manifest), "%.200s.manifest.json", run->stem);
	if (slash == NULL)
		(void)snprintf(run->folder, sizeof(run->folder), ".");
	else
		(void)snprintf(run->folder, sizeof(run->folder), "%.*s",
			       slash == run->options.out ? 1 : (int)(slash - run->options.out),
			       run->options.out);
}

static uint64_t bytes_in(FILE *in)
{
	struct stat status;

	return fstat(fileno(in), &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size
									  : 0;
}

static int work(struct run *run, const struct format *format, FILE *in)
{
	int status;

	if (!label_rows_init(&run->rows, in, in == stdin ? "standard input" : run->options.input))
		return command_fail(run->context, EXIT_FAILED, "%s", run->rows.why);
	status = format->begin(run);
	if (status != EXIT_OK)
		return status;
	choose_names(run);
	if (!artefacts_init(&run->out, run->folder, run->manifest, run->options.format,
			    run->options.force))
		return command_fail(run->context, EXIT_FAILED, "%s", run->out.why);
	status = print_rows(run, format, bytes_in(in));
	return status == EXIT_OK ? conclude(run) : status;
}

static int work_file(struct run *run, const struct format *format)
{
	const char *path = run->options.input;
	FILE *in = path == NULL || strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	int status;

	if (in == NULL)
		return command_fail(run->context, EXIT_FAILED, "%s: %s", path, strerror(errno));
	run->out.folder = -1;
	buf_init(&run->picture, FILE_MAXIMUM);
	buf_init(&run->first, DL_URI_MAX);
	buf_init(&run->last, DL_URI_MAX);
	status = work(run, format, in);
	pdf_free(run->pdf);
	artefacts_release(&run->out);
	label_rows_release(&run->rows);
	buf_release(&run->picture);
	buf_release(&run->first);
	buf_release(&run->last);
	if (in != stdin)
		(void)fclose(in);
	return status;
}

static int print_terminal(struct run *run)
{
	enum qr_result made;
	struct buf text;
	struct qr qr;

	if (run->options.input == NULL)
		return command_usage(&command_labels, "--format terminal wants an address to show");
	made = qr_make(slice_of(run->options.input), run->options.level, &qr);
	if (made != QR_MADE)
		return command_fail(run->context, EXIT_FAILED, "%s", qr_reason(made));
	buf_init(&text, 65536);
	qr_terminal(&qr, &text);
	fputs(buf_string(&text), stdout);
	buf_release(&text);
	return EXIT_OK;
}

static const struct format *format_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(formats); i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

static int run_labels(struct command_context *context, int argc, char **argv)
{
	struct run *run = calloc(1, sizeof(*run));
	const struct format *format;
	int status;

	if (run == NULL)
		return command_fail(context, EXIT_FAILED, "out of memory");
	run->context = context;
	status = read_options(&run->options, argc, argv);
	if (status != EXIT_OK)
		goto out;
	if (run->options.format != NULL && strcmp(run->options.format, "terminal") == 0) {
		status = print_terminal(run);
		goto out;
	}
	format = run->options.format == NULL ? NULL : format_named(run->options.format);
	if (format == NULL)
		status = command_usage(&command_labels, "--format is svg, png, pdf or terminal");
	else if (run->options.out == NULL)
		status = command_usage(&command_labels, "--out is missing");
	else
		status = choose_printer(run);
	if (status == EXIT_OK)
		status = work_file(run, format);
out:
	free(run);
	return status;
}

const struct command command_labels = {
	.name = "labels",
	.arguments = "--format svg|png|pdf --out FOLDER|FILE.pdf [OPTIONS] [FILE.csv]",
	.summary = "print codes: a picture of each, or sheets of labels",
	.help = "Reads the CSV of `suyuan batch` (column url; gtin, serial, product, batch, "
		"expiry, copies\n"
		"where there are any) from the file or standard input. Bad rows are refused by "
		"line; the\n"
		"rest is printed, and the exit status is 3. A manifest names every file and its "
		"SHA-256.\n\n"
		"  --dpi N --dots N     the printer and its dots per module; 300 and the fewest "
		"that GS1\n"
		"                       allows (0.396 mm); sizes follow from them and are printed\n"
		"  --allow-small        smaller modules, for phones only\n"
		"  --level L|M|Q|H      least error correction (M); raised where it costs no size\n"
		"  --force              replace files of the same name\n"
		"PDF:\n"
		"  --sheet NAME|PATH    of conf/sheets (L7160), or a file of your own\n"
		"  --start N            first label goes to place N of the first page\n"
		"  --offset-x MM --offset-y MM   move everything, as your printer's feed needs\n"
		"  --font FILE          TrueType font to embed instead of WenQuanYi Zen Hei; look "
		"at a print\n"
		"                       first, as glyphs that a font composes of others come out "
		"blank\n"
		"  --pages-per-file N   begin another file after N pages (250)\n\n"
		"  suyuan labels --format terminal ADDRESS   show one code on the terminal\n",
	.run = run_labels,
};
