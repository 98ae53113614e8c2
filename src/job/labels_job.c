/*
 * The job "labels": the label files of a batch, or of a range of it, one after the other. Each file
 * is a pure function of the order, the batch and its position, so a job that was cut off anywhere
 * makes the missing ones, and they are those an undisturbed run would have made.
 */
#include <assert.h>
#include <jansson.h>
#include <sys/stat.h>

#include "job/kind.h"
#include "label/label_file.h"
#include "model/access_key.h"
#include "store/batch.h"
#include "store/label_shelf.h"
#include "store/serial_keys.h"

extern const struct job_kind job_kind_labels;

/* One order in the making. */
struct labels {
	struct task *task;
	json_t *arguments;
	const char *batch_id;
	uint64_t first, count; /* codes of the batch, from 1 */
	struct label_setup setup;
	struct keyring ring;
	struct batch_row row;
	struct batch part; /* the ordered codes as a batch of their own: code 0 is the first */
	struct buf file;
};

/* --- the order --- */

static enum task_result refuse(struct labels *l, const struct label_refusal *refusal)
{
	return task_fail(l->task, "%s%s%s", refusal->member, refusal->member[0] == '\0' ? "" : " ",
			 refusal->limit);
}

static enum task_result set_up(struct labels *l, const json_t *label)
{
	const struct task_place *place = l->task->place;
	enum task_result result = TASK_DONE;
	struct label_refusal refusal;
	struct label_shelf shelf;
	char why[512];

	if (!label_shelf_load(&shelf, place->sheets, place->printers, why, sizeof(why)))
		return task_fail(l->task, "%s", why);
	if (!label_shelf_setup(&shelf, label, place->font, &l->setup, &refusal))
		result = refuse(l, &refusal);
	label_shelf_release(&shelf);
	return result;
}

static enum task_result read_order(struct labels *l)
{
	struct slice text = l->task->row->arguments;
	json_t *label = NULL;
	json_int_t first = 0, count = 0;

	l->arguments = json_loadb(text.data, text.length, 0, NULL);
	if (json_unpack(l->arguments, "{s:s,s:I,s:I,s:o}", "batch", &l->batch_id, "first", &first,
			"count", &count, "label", &label) != 0 ||
	    first < 1 || count < 1)
		return task_fail(l->task, "the order is not one of this program");
	l->first = (uint64_t)first;
	l->count = (uint64_t)count;
	return set_up(l, label);
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

/* --- what the bytes depend on besides the order --- */

static void add_font(const char *path, struct buf *out)
{
	struct stat about;

	if (path != NULL && stat(path, &about) == 0)
		buf_add_format(out, " %s %lld %lld", path, (long long)about.st_size,
			       (long long)about.st_mtime);
}

static void add_sheet(const struct sheet *s, struct buf *out)
{
	const uint64_t figures[] = { s->page_width, s->page_height, s->label_width, s->label_height,
				     s->columns,    s->rows,	    s->left,	    s->top,
				     s->pitch_x,    s->pitch_y };

	for (size_t i = 0; i < COUNT_OF(figures); i++)
		buf_add_format(out, " %llu", (unsigned long long)figures[i]);
}

static enum task_result pin(struct labels *l)
{
	char hex[SHA256_HEX_SIZE];
	struct buf text;

	buf_init(&text, 1 << 14);
	buf_add_format(&text, "%s %llu ", SUYUAN_VERSION,
		       (unsigned long long)label_file_count(&l->setup, l->count));
	label_order_write(&l->setup.order, &text);
	add_sheet(&l->setup.sheet, &text);
	add_font(l->setup.font_path, &text);
	sha256_hex(buf_slice(&text), hex);
	buf_release(&text);
	return task_pin(l->task, hex) ? TASK_DONE : TASK_LEFT;
}

/* --- files --- */

static bool go_on(void *whose, uint64_t made)
{
	return task_go_on(whose, made);
}

static enum task_result make_file(struct labels *l, uint64_t index, uint64_t count)
{
	const struct label_batch batch = {
		.batch = &l->part,
		.product = l->row.product,
		.lot = l->row.lot,
		.expiry = l->row.best_before,
		.produced = l->row.produced,
		.go_on = go_on,
		.whose = l->task,
	};
	struct label_tally tally = { 0 };
	enum label_result result;

	buf_clear(&l->file);
	result = label_file_make(&l->setup, &batch, index, count, &l->file, &tally);
	if (result == LABEL_STOPPED)
		return TASK_LEFT;
	return result == LABEL_MADE ? TASK_DONE : task_fail(l->task, "%s", label_reason(result));
}

static enum task_result add_file(struct labels *l, uint64_t number, uint64_t files)
{
	char name[LABEL_FILE_NAME_SIZE];
	struct job_file file = { .position = number,
				 .name = name,
				 .media_type = label_file_type(&l->setup) };
	enum task_result result;
	uint64_t index;

	label_file_range(&l->setup, l->count, number, &index, &file.labels);
	assert(index == l->task->done);
	result = make_file(l, index, file.labels);
	if (result != TASK_DONE)
		return result;
	label_file_name(&l->setup, number, files, name);
	file.first = l->first + index;
	return task_add_file(l->task, &file, buf_slice(&l->file)) ? TASK_DONE : TASK_LEFT;
}

static enum task_result make_files(struct labels *l)
{
	uint64_t files = label_file_count(&l->setup, l->count);
	enum task_result result = TASK_DONE;

	while (result == TASK_DONE && l->task->files < files)
		result = add_file(l, l->task->files, files);
	return result;
}

static enum task_result labels_work(struct task *task)
{
	struct labels l = { .task = task };
	enum task_result result;

	keyring_init(&l.ring);
	buf_init(&l.file, LABEL_FILE_BYTES);
	result = read_order(&l);
	if (result == TASK_DONE)
		result = read_batch(&l);
	if (result == TASK_DONE)
		result = pin(&l);
	if (result == TASK_DONE)
		result = make_files(&l);
	buf_release(&l.file);
	batch_row_release(&l.row);
	keyring_release(&l.ring);
	json_decref(l.arguments);
	return result;
}

const struct job_kind job_kind_labels = { .name = "labels", .work = labels_work };
