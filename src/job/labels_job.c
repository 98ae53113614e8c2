/*
 * The job "labels": the label files of a batch, or of a range of it, one after the other. Each file
 * is a pure function of the order, the batch and its position, so a job that was cut off anywhere
 * makes the missing ones, and they are those an undisturbed run would have made.
 */
#include <errno.h>
#include <jansson.h>
#include <limits.h>

#include "base/file.h"
#include "job/kind.h"
#include "label/order.h"
#include "label/pdf.h"
#include "model/gs1.h"
#include "store/batch.h"
#include "store/serial_keys.h"

extern const struct job_kind job_kind_labels;

enum {
	SHEET_FILE_MOST = 1 << 16,
	FILE_MOST = 256 << 20,
	PAGES_A_FILE = 250,
};

/* One order in the making. */
struct labels {
	struct task *task;
	json_t *arguments;
	const char *batch_id;
	uint64_t first, count; /* codes of the batch, from 1 */
	struct label_order order;
	struct printer printer;
	struct sheet sheet;
	struct keyring ring;
	struct batch_row row;
	struct batch part; /* the ordered codes as a batch of their own: code 0 is the first */
	struct buf file;
};

/* --- the order --- */

static enum task_result read_order(struct labels *l)
{
	struct slice text = l->task->row->arguments;
	struct label_refusal refusal;
	json_t *label = NULL;
	json_int_t first = 0, count = 0;

	l->arguments = json_loadb(text.data, text.length, 0, NULL);
	if (json_unpack(l->arguments, "{s:s,s:I,s:I,s:o}", "batch", &l->batch_id, "first", &first,
			"count", &count, "label", &label) != 0 ||
	    first < 1 || count < 1)
		return task_fail(l->task, "the order is not one of this program");
	l->first = (uint64_t)first;
	l->count = (uint64_t)count;
	label_order_init(&l->order);
	if (!label_order_read(&l->order, label, &refusal) ||
	    !label_order_check(&l->order, &refusal))
		return task_fail(l->task, "\"%s\" %s", refusal.member, refusal.limit);
	return TASK_DONE;
}

static enum task_result read_sheet(struct labels *l)
{
	const char *name = label_order_sheet(&l->order);
	char path[PATH_MAX], why[512];
	struct buf text;
	bool good;

	(void)snprintf(path, sizeof(path), "%s/%s.sheet", l->task->place->sheets, name);
	buf_init(&text, SHEET_FILE_MOST);
	if (strchr(name, '/') != NULL || !file_read(path, &text)) {
		buf_release(&text);
		return task_fail(l->task, "there is no sheet \"%s\"", name);
	}
	good = sheet_parse(buf_slice(&text), name, &l->sheet, why, sizeof(why));
	buf_release(&text);
	return good ? TASK_DONE : task_fail(l->task, "%s", why);
}

/* --- the batch --- */

static enum task_result read_batch(struct labels *l)
{
	struct db *db = l->task->db;

	if (!batch_read(db, l->batch_id, &l->row) ||
	    !serial_keys_load(db, l->task->place->master, &l->ring))
		return task_fail_store(l->task);
	l->row.batch.key = keyring_find(&l->ring, l->row.key_id);
	if (l->row.batch.key == NULL)
		return task_fail(l->task, "the serial key of the batch is missing");
	if (l->first - 1 >= l->row.batch.quantity ||
	    l->count > l->row.batch.quantity - (l->first - 1))
		return task_fail(l->task, "the range lies outside of the batch");
	l->part = l->row.batch;
	l->part.first += l->first - 1;
	l->part.quantity = l->count;
	return TASK_DONE;
}

/* --- files --- */

static uint64_t labels_a_file(const struct labels *l)
{
	return PAGES_A_FILE * sheet_labels(&l->sheet);
}

static enum task_result add_label(struct labels *l, struct pdf *pdf, struct slice prefix,
				  uint64_t index)
{
	char serial[SERIAL_LENGTH_MOST], gtin[GTIN_TEXT_SIZE], url[512];
	struct label_text text = { .serial = { serial, l->part.length },
				   .product = l->row.product,
				   .lot = l->row.lot,
				   .expiry = l->row.best_before };
	enum pdf_result result;
	struct qr qr;
	int length;

	batch_serials(&l->part, index, 1, serial);
	gtin_format(l->part.gtin, gtin);
	text.gtin = slice_of(gtin);
	length = snprintf(url, sizeof(url), "%.*s%.*s", SLICE_ARG(prefix), SLICE_ARG(text.serial));
	if (qr_make((struct slice){ url, (size_t)length }, l->order.level, &qr) != QR_MADE)
		return task_fail(l->task, "the code fits no symbol");
	result = pdf_add(pdf, &qr, &text);
	return result == PDF_OK ? TASK_DONE : task_fail(l->task, "%s", pdf_reason(result));
}

static enum task_result fill(struct labels *l, struct pdf *pdf, uint64_t index, uint64_t count)
{
	enum task_result result = TASK_DONE;
	struct buf prefix;

	buf_init(&prefix, 512);
	batch_uri_prefix(&l->part, &prefix);
	for (uint64_t i = 0; i < count && result == TASK_DONE; i++) {
		if (!task_go_on(l->task, i))
			result = TASK_LEFT;
		else
			result = add_label(l, pdf, buf_slice(&prefix), index + i);
	}
	buf_release(&prefix);
	return result;
}

static enum task_result make_file(struct labels *l, uint64_t index, uint64_t count)
{
	const struct pdf_setup setup = {
		.sheet = l->sheet,
		.printer = l->printer,
		.font_path = l->task->place->font,
		.start = index == 0 ? l->order.start - 1 : 0,
		.offset_x = l->order.offset_x,
		.offset_y = l->order.offset_y,
	};
	enum pdf_result made;
	enum task_result result;
	struct pdf *pdf = NULL;

	made = pdf_new(&setup, &pdf);
	if (made != PDF_OK)
		return task_fail(l->task, "%s", pdf_reason(made));
	result = fill(l, pdf, index, count);
	if (result == TASK_DONE) {
		buf_clear(&l->file);
		made = pdf_finish(pdf, &l->file);
		if (made != PDF_OK)
			result = task_fail(l->task, "%s", pdf_reason(made));
	}
	pdf_free(pdf);
	return result;
}

static enum task_result add_file(struct labels *l, uint64_t number)
{
	uint64_t index = number * labels_a_file(l), left = l->count - index;
	uint64_t count = left < labels_a_file(l) ? left : labels_a_file(l);
	enum task_result result = make_file(l, index, count);
	char name[64];
	const struct job_file file = { .position = number,
				       .name = name,
				       .media_type = "application/pdf",
				       .first = l->first + index,
				       .labels = count };

	if (result != TASK_DONE)
		return result;
	(void)snprintf(name, sizeof(name), "labels-%04llu.pdf", (unsigned long long)number + 1);
	return task_add_file(l->task, &file, buf_slice(&l->file)) ? TASK_DONE : TASK_LEFT;
}

static enum task_result make_files(struct labels *l)
{
	uint64_t files = (l->count + labels_a_file(l) - 1) / labels_a_file(l);
	enum task_result result = TASK_DONE;

	if (l->order.format != LABEL_PDF)
		return task_fail(l->task, "this program makes PDF only");
	if (printer_init(&l->printer, (unsigned)l->order.dpi, (unsigned)l->order.dots,
			 l->order.allow_small) != PRINTER_OK)
		return task_fail(l->task, "the printer cannot print such modules");
	while (result == TASK_DONE && l->task->files < files)
		result = add_file(l, l->task->files);
	return result;
}

static enum task_result labels_work(struct task *task)
{
	struct labels l = { .task = task };
	enum task_result result;

	keyring_init(&l.ring);
	buf_init(&l.file, FILE_MOST);
	result = read_order(&l);
	if (result == TASK_DONE)
		result = read_sheet(&l);
	if (result == TASK_DONE)
		result = read_batch(&l);
	if (result == TASK_DONE)
		result = make_files(&l);
	buf_release(&l.file);
	batch_row_release(&l.row);
	keyring_release(&l.ring);
	json_decref(l.arguments);
	return result;
}

const struct job_kind job_kind_labels = { .name = "labels", .work = labels_work };
