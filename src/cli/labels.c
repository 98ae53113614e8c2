/*
 * `suyuan labels`: pictures, sheets and rolls of codes, for label programs and printers. The codes
 * come from the CSV that `suyuan batch` writes, or from a batch itself; what a label decodes to
 * is that row's url, byte for byte.
 */
#include "cli/command.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/json_line.h"
#include "cli/label_print.h"
#include "cli/label_rows.h"
#include "cli/labels_batch.h"
#include "cli/labels_design.h"
#include "cli/out_file.h"
#include "cli/sheet_file.h"

extern const struct command command_labels;

enum { TERMINAL_MOST = 65536 };

struct options {
	const char *format, *out, *preview, *sheet, *printer, *font;
	const char *member[LABEL_MEMBERS]; /* texts of the other members of a label order */
	struct word_list inputs;	   /* at most one */
	const char *batch, *design;
	uint64_t first, count, pages_a_file;
	bool allow_small, compact, zip, force;
};

/* What one run holds. */
struct run {
	struct command_context *context;
	struct options options;
	struct label_order order;
	struct labels_batch batch;
	FILE *in; /* NULL: a batch */
	const char *in_name;
	struct label_rows rows;
	struct label_print print;
};

/* --- options --- */

/* A member of an order, whose limits the order knows. */
#define MEMBER(name, member_) OPTION(TEXT, name, struct options, member[LABEL_MEMBER_##member_])

static const struct option_rule rules[] = {
	OPTION(TEXT, "format", struct options, format),
	OPTION(TEXT, "out", struct options, out),
	OPTION(TEXT, "preview", struct options, preview),
	OPTION(TEXT, "batch", struct options, batch),
	OPTION(TEXT, "design", struct options, design),
	OPTION(NUMBER, "first", struct options, first, .least = 1, .most = BATCH_QUANTITY_MOST),
	OPTION(NUMBER, "count", struct options, count, .least = 1, .most = BATCH_QUANTITY_MOST),
	OPTION(TEXT, "sheet", struct options, sheet),
	OPTION(TEXT, "printer", struct options, printer),
	OPTION(TEXT, "font", struct options, font),
	MEMBER("label", label),
	MEMBER("dpi", dpi),
	MEMBER("dots", dots),
	MEMBER("level", level),
	MEMBER("start", start),
	MEMBER("copies", copies),
	MEMBER("offset-x", offset_x),
	MEMBER("offset-y", offset_y),
	MEMBER("scale-x", scale_x),
	MEMBER("scale-y", scale_y),
	MEMBER("speed", speed),
	OPTION(NUMBER, "pages-per-file", struct options, pages_a_file, .least = 1,
	       .most = LABEL_FILE_SHEETS),
	OPTION(FLAG, "allow-small", struct options, allow_small),
	OPTION(FLAG, "compact", struct options, compact),
	OPTION(FLAG, "zip", struct options, zip),
	OPTION(FLAG, "force", struct options, force),
	OPTION(OPERANDS, "FILE", struct options, inputs, .most = 1),
	OPTIONS_END,
};

/* The order's words for its members, as options are written. */
static int refuse_order(const struct label_refusal *refusal)
{
	char text[LABEL_NAME_SIZE + LABEL_LIMIT_SIZE];

	(void)snprintf(text, sizeof(text), "--%s %s", refusal->member, refusal->limit);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '_')
			*p = '-';
	return command_usage(&command_labels, "%s", text);
}

static bool set_members(const struct options *o, struct label_order *order,
			struct label_refusal *refusal)
{
	static const char *const names[] = {
#define LABEL_MEMBER(name, kind, least, most, scope) #name,
#include "label/order.def"
#undef LABEL_MEMBER
	};

	for (unsigned i = 0; i < LABEL_MEMBERS; i++)
		if (o->member[i] != NULL &&
		    !label_order_set(order, slice_of(names[i]), slice_of(o->member[i]), refusal))
			return false;
	return true;
}

/* What options say by being there, and names of files, which may be paths here. */
static void add_plain_members(struct options *o)
{
	if (o->allow_small)
		o->member[LABEL_MEMBER_allow_small] = "true";
	if (o->compact)
		o->member[LABEL_MEMBER_compact] = "true";
	if (o->zip)
		o->member[LABEL_MEMBER_zip] = "true";
	if (o->sheet != NULL && strchr(o->sheet, '/') == NULL)
		o->member[LABEL_MEMBER_sheet] = o->sheet;
	if (o->printer != NULL && strchr(o->printer, '/') == NULL)
		o->member[LABEL_MEMBER_printer] = o->printer;
	o->member[LABEL_MEMBER_format] = o->format;
}

/* What was asked beside a design is instead of what the design says of the same. */
static void drop_members(const struct options *o, json_t *document)
{
	if (o->sheet != NULL || o->member[LABEL_MEMBER_label] != NULL) {
		(void)json_object_del(document, "sheet");
		(void)json_object_del(document, "label");
		(void)json_object_del(document, "grid");
	}
	if (o->printer != NULL)
		(void)json_object_del(document, "printer");
	if (o->format != NULL && strcmp(o->format, "zpl") != 0) {
		(void)json_object_del(document, "compact");
		(void)json_object_del(document, "speed");
	}
}

static int read_design(struct run *run)
{
	const struct options *o = &run->options;
	struct label_refusal refusal;
	json_t *document = NULL;
	int status;

	if (o->batch == NULL)
		return command_usage(&command_labels, "--design wants a --batch");
	status = labels_design_load(run->context, o->batch, o->design, &document);
	if (status != EXIT_OK)
		return status;
	drop_members(o, document);
	if (!label_order_read(&run->order, document, &refusal))
		status = command_fail(run->context, EXIT_FAILED, "design %s: %s %s", o->design,
				      refusal.member, refusal.limit);
	json_decref(document);
	return status;
}

static int add_printer(struct run *run)
{
	char of_design[LABEL_NAME_SIZE];

	if (run->options.printer != NULL)
		return printer_file_load(run->context, run->options.printer, &run->order);
	if (run->order.printer[0] == '\0')
		return EXIT_OK;
	(void)snprintf(of_design, sizeof(of_design), "%s", run->order.printer);
	return printer_file_load(run->context, of_design, &run->order);
}

static int read_order(struct run *run)
{
	struct options *o = &run->options;
	struct label_refusal refusal;
	int status = EXIT_OK;

	add_plain_members(o);
	label_order_init(&run->order);
	if (o->design != NULL)
		status = read_design(run);
	if (status != EXIT_OK)
		return status;
	if (!set_members(o, &run->order, &refusal))
		return refuse_order(&refusal);
	status = add_printer(run);
	if (status == EXIT_OK && !label_order_check(&run->order, &refusal))
		status = refuse_order(&refusal);
	if (status == EXIT_OK && o->sheet != NULL && !label_order_has_labels(&run->order))
		status = command_usage(&command_labels, "--sheet means nothing for format %s",
				       label_format_name(run->order.format));
	if (status == EXIT_OK && o->sheet != NULL && run->order.label.width > 0)
		status = command_usage(&command_labels, "give --sheet or --label, not both");
	return status;
}

static int check_source(const struct run *run)
{
	const struct options *o = &run->options;

	if (o->batch == NULL && (o->first > 0 || o->count > 0))
		return command_usage(&command_labels, "--first and --count want a --batch");
	if (o->batch != NULL && o->inputs.count > 0)
		return command_usage(&command_labels, "give --batch or a file, not both");
	if (o->preview == NULL && o->out == NULL)
		return command_usage(&command_labels, "--out is missing");
	if (o->preview != NULL && o->out != NULL)
		return command_usage(&command_labels, "give --out or --preview, not both");
	if (o->out != NULL && strcmp(o->out, "-") == 0 && run->order.format != LABEL_ZPL)
		return command_usage(&command_labels,
				     "only --format zpl goes to standard output: --out FOLDER");
	return EXIT_OK;
}

/* --- setting up --- */

static void warn_large(const struct run *run)
{
	const struct printer *printer = &run->print.setup.printer;

	if (printer->module_mm > PRINTER_MODULE_MOST && !run->context->json)
		fprintf(stderr, "suyuan: modules of %.3f mm are over the %.3f mm that GS1 allows\n",
			printer->module_mm, PRINTER_MODULE_MOST);
}

static const char *choose_font(const struct run *run)
{
	const char *standard = run->context->settings.label_font;

	if (run->options.font != NULL)
		return run->options.font;
	return standard[0] != '\0' && access(standard, R_OK) == 0 ? standard : NULL;
}

static int set_up(struct run *run)
{
	const struct options *o = &run->options;
	struct label_refusal refusal;
	struct sheet sheet = { 0 };
	int status = EXIT_OK;

	if (label_order_has_labels(&run->order) && run->order.label.width == 0 &&
	    !run->order.grid.given)
		status = sheet_file_load(
		    run->context, o->sheet == NULL ? label_order_sheet(&run->order) : o->sheet,
		    &sheet);
	if (status != EXIT_OK)
		return status;
	if (!label_setup_init(&run->print.setup, &run->order, &sheet, choose_font(run), &refusal))
		return refuse_order(&refusal);
	if (o->pages_a_file > 0)
		run->print.setup.pages_a_file = o->pages_a_file;
	run->print.context = run->context;
	run->print.out = o->out;
	run->print.force = o->force;
	warn_large(run);
	return EXIT_OK;
}

/* --- rows of a file --- */

static uint64_t bytes_in(FILE *in)
{
	struct stat status;

	return fstat(fileno(in), &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size
									  : 0;
}

static struct label_source source_of(const struct run *run, const struct label_row *row)
{
	return (struct label_source){ run->rows.name, row->line, row->url, row->text, row->copies };
}

static int print_rows(struct run *run)
{
	uint64_t bytes = bytes_in(run->in);
	enum label_rows_result result;
	struct progress progress;
	struct label_source source;
	struct label_row row = { 0 };
	int status = EXIT_OK;

	progress_start(&progress, run->context, "labels", bytes);
	while (status == EXIT_OK) {
		result = label_rows_next(&run->rows, &row);
		if (result == LABEL_ROWS_OK) {
			source = source_of(run, &row);
			status = label_print_add(&run->print, &source);
		} else if (result == LABEL_ROWS_REFUSED) {
			label_print_report(&run->print, run->rows.why);
		} else {
			break;
		}
		progress_to(&progress, bytes > 0 ? run->rows.bytes : row.line);
	}
	progress_end(&progress);
	if (status == EXIT_OK && result == LABEL_ROWS_BROKEN)
		status = command_fail(run->context, EXIT_FAILED, "%s", run->rows.why);
	return status;
}

static int print_labels(struct run *run)
{
	int status = label_print_begin(&run->print);

	if (status == EXIT_OK)
		status = run->in == NULL ? labels_batch_print(&run->batch, &run->print)
					 : print_rows(run);
	return status == EXIT_OK ? label_print_end(&run->print) : status;
}

/* --- a preview --- */

static int fail_preview(const struct run *run, uint64_t line, enum label_result result)
{
	if (result == LABEL_NO_ROOM)
		return command_fail(run->context, EXIT_FAILED,
				    "the page has too many dots for a picture: take fewer --dpi");
	if (line == 0)
		return command_fail(run->context, EXIT_FAILED, "%s", label_reason(result));
	return command_fail(run->context, EXIT_FAILED, "%s:%llu: %s", run->rows.name,
			    (unsigned long long)line, label_reason(result));
}

static int preview_page(struct run *run, struct label_writer *writer)
{
	enum label_result result = LABEL_MADE;
	enum label_rows_result read = LABEL_ROWS_OK;
	struct label_row row = { 0 };

	while (result == LABEL_MADE && !label_writer_full(writer)) {
		read = label_rows_next(&run->rows, &row);
		if (read == LABEL_ROWS_OK)
			result = label_writer_add(writer, row.url, &row.text,
						  row.copies * run->order.copies);
		else if (read == LABEL_ROWS_REFUSED)
			label_print_report(&run->print, run->rows.why);
		else
			break;
	}
	if (read == LABEL_ROWS_BROKEN)
		return command_fail(run->context, EXIT_FAILED, "%s", run->rows.why);
	return result == LABEL_MADE ? EXIT_OK : fail_preview(run, row.line, result);
}

static int preview_rows(struct run *run, struct buf *out)
{
	struct label_tally tally = { 0 };
	struct label_writer *writer = NULL;
	enum label_result result = label_writer_preview(&run->print.setup, out, &writer);
	int status =
	    result == LABEL_MADE ? preview_page(run, writer) : fail_preview(run, 0, result);

	if (status == EXIT_OK) {
		result = label_writer_finish(writer, &tally);
		if (result != LABEL_MADE)
			status = fail_preview(run, 0, result);
		else if (tally.labels == 0)
			status = command_fail(run->context, EXIT_FAILED, "%s: no label to show",
					      run->rows.name);
	}
	label_writer_free(writer);
	return status;
}

static int preview_batch(struct run *run, struct buf *out)
{
	enum label_result result = label_file_preview(&run->print.setup, &run->batch.labels, out);

	return result == LABEL_MADE ? EXIT_OK : fail_preview(run, 0, result);
}

static int write_preview(struct run *run, const struct buf *picture)
{
	struct out_file file = { 0 };
	char why[512];
	bool good = out_file_open(&file, run->options.preview, why, sizeof(why));

	if (good && !out_file_write(&file, buf_slice(picture))) {
		(void)snprintf(why, sizeof(why), "%s: %s", run->options.preview, strerror(errno));
		good = false;
	}
	good = good && out_file_finish(&file, why, sizeof(why));
	out_file_release(&file);
	return good ? EXIT_OK : command_fail(run->context, EXIT_FAILED, "%s", why);
}

static void say_preview(const struct run *run)
{
	const struct printer *p = &run->print.setup.printer;

	if (run->context->json)
		json_line_print(json_pack("{s:s,s:i,s:i,s:f}", "file", run->options.preview, "dpi",
					  (int)p->dpi, "dots", (int)p->dots, "module_mm",
					  p->module_mm));
	else
		printf("%s: module %.3f mm (%u dots at %u dpi)\n", run->options.preview,
		       p->module_mm, p->dots, p->dpi);
}

static int preview(struct run *run)
{
	struct buf picture;
	int status;

	buf_init(&picture, LABEL_FILE_BYTES);
	status = run->in == NULL ? preview_batch(run, &picture) : preview_rows(run, &picture);
	if (status == EXIT_OK)
		status = write_preview(run, &picture);
	if (status == EXIT_OK)
		say_preview(run);
	buf_release(&picture);
	return status == EXIT_OK && run->print.rejected > 0 ? EXIT_REJECTED : status;
}

/* --- the command --- */

static int open_source(struct run *run)
{
	const struct options *o = &run->options;
	const char *path = o->inputs.count > 0 ? o->inputs.words[0] : "-";
	int status;

	if (o->batch != NULL) {
		run->batch.id = o->batch;
		run->batch.first = o->first > 0 ? o->first : 1;
		run->batch.count = o->count;
		status = labels_batch_load(run->context, &run->batch);
		if (status == EXIT_OK && run->order.design.given)
			status = labels_design_check(run->context, &run->batch, &run->print.setup);
		return status;
	}
	run->in = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (run->in == NULL)
		return command_fail(run->context, EXIT_FAILED, "%s: %s", path, strerror(errno));
	if (!label_rows_init(&run->rows, run->in, run->in == stdin ? "standard input" : path))
		return command_fail(run->context, EXIT_FAILED, "%s", run->rows.why);
	return EXIT_OK;
}

static void close_source(struct run *run)
{
	label_print_release(&run->print);
	label_rows_release(&run->rows);
	if (run->batch.id != NULL)
		labels_batch_release(&run->batch);
	if (run->in != NULL && run->in != stdin)
		(void)fclose(run->in);
}

static int show_on_terminal(struct run *run)
{
	const struct options *o = &run->options;
	enum qr_result made;
	struct buf text;
	struct qr qr;

	if (o->inputs.count == 0)
		return command_usage(&command_labels, "--format terminal wants an address to show");
	made = qr_make(slice_of(o->inputs.words[0]), QR_LEVEL_M, &qr);
	if (made != QR_MADE)
		return command_fail(run->context, EXIT_FAILED, "%s", qr_reason(made));
	buf_init(&text, TERMINAL_MOST);
	qr_terminal(&qr, &text);
	fputs(buf_string(&text), stdout);
	buf_release(&text);
	return EXIT_OK;
}

static int work(struct run *run)
{
	const struct options *o = &run->options;
	int status;

	if (o->format != NULL && strcmp(o->format, "terminal") == 0)
		return show_on_terminal(run);
	if (o->format == NULL && o->design == NULL)
		return command_usage(&command_labels,
				     "--format is pdf, zpl, svg, png, eps or terminal");
	status = read_order(run);
	if (status == EXIT_OK)
		status = check_source(run);
	if (status == EXIT_OK)
		status = set_up(run);
	if (status == EXIT_OK)
		status = open_source(run);
	if (status == EXIT_OK)
		status = o->preview != NULL ? preview(run) : print_labels(run);
	return status;
}

static int run_labels(struct command_context *context, int argc, char **argv)
{
	struct run *run;
	int status = EXIT_USAGE;

	if (argc > 1 && strcmp(argv[1], "designs") == 0)
		return labels_design_list(context, argc - 1, argv + 1);
	run = calloc(1, sizeof(*run));
	if (run == NULL)
		return command_fail(context, EXIT_FAILED, "out of memory");
	run->context = context;
	if (arguments_read(&command_labels, rules, argc, argv, &run->options))
		status = work(run);
	close_source(run);
	free(run);
	return status;
}

const struct command command_labels = {
	.name = "labels",
	.arguments = "--format pdf|zpl|svg|png|eps --out FOLDER|FILE [OPTIONS] "
		     "[FILE.csv | --batch ID [--design NAME|ID]] | designs [--brand SLUG]",
	.summary = "print codes: sheets and rolls of labels, or a picture of each",
	.help =
	    "Reads the CSV of `suyuan batch` (column url; gtin, serial, product, batch, expiry, "
	    "copies\n"
	    "where there are any) from the file or standard input; bad rows are refused by line, "
	    "the\n"
	    "rest is printed, and the exit status is 3. Or takes the codes of a batch itself. A "
	    "manifest\n"
	    "names every file and its SHA-256.\n\n"
	    "  --batch ID           the codes of this batch; --first N --count N: some of them\n"
	    "  --design NAME|ID     of a batch: as people of its brand designed its labels in the "
	    "console;\n"
	    "                       other options win over the design; `designs` lists what there "
	    "is\n"
	    "  --preview FILE.png   only a picture of the first page, as it will be printed\n"
	    "  --printer NAME|PATH  of conf/printers (thermal-203), or a file of your own: its "
	    "dots and\n"
	    "                       what it is off by; other options win over the file\n"
	    "  --dpi N --dots N     the printer and its dots per module; 300 and the fewest that "
	    "GS1\n"
	    "                       allows (0.396 mm); sizes follow from them and are printed\n"
	    "  --allow-small        smaller modules, for phones only\n"
	    "  --level L|M|Q|H      least error correction (M); raised where it costs no size\n"
	    "  --force              replace files of the same name\n"
	    "Labels (pdf, zpl):\n"
	    "  --sheet NAME|PATH    of conf/sheets (pdf: L7160, zpl: roll-50x30), or a file of "
	    "your own\n"
	    "  --label WxH          a roll of labels of this size in mm instead: 50x30\n"
	    "  --start N            first label goes to place N of the first page\n"
	    "  --copies N           of each label; times the column copies, up to 1000 in all\n"
	    "  --offset-x MM --offset-y MM   move everything, as your printer's feed needs\n"
	    "  --scale-x F --scale-y F       stretch the distances on the page: 1.002\n"
	    "  --font FILE          TrueType font instead of the setting label_font\n"
	    "  --pages-per-file N   of PDF: begin another file after N pages (1000)\n"
	    "  --compact            of ZPL: the printer draws the symbol (^BQ); a third of the "
	    "bytes\n"
	    "  --speed N            of ZPL: inches a second\n"
	    "Pictures (svg, png, eps):\n"
	    "  --zip                in archives of 10000\n\n"
	    "ZPL goes to a printer as it is, --out - writes it to standard output:\n\n"
	    "  suyuan labels --format zpl --printer thermal-203 --batch ID --out - > /dev/usb/lp0\n"
	    "  suyuan labels --format terminal ADDRESS   show one code on the terminal\n",
	.run = run_labels,
};
