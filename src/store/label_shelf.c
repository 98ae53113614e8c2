/* Sheets and printers in memory, and orders joined with them. */
#include "store/label_shelf.h"

#include <dirent.h>
#include <errno.h>

#include "base/file.h"
#include "label/qr_shape.h"

enum { FILE_MOST = 1 << 16, FILES_MOST = 1000, URI_MOST = 512 };

/* --- reading --- */

static void list_release(struct shelf_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->files[i].text);
	free(list->files);
	*list = (struct shelf_list){ 0 };
}

void label_shelf_release(struct label_shelf *shelf)
{
	if (shelf == NULL)
		return;
	list_release(&shelf->sheets);
	list_release(&shelf->printers);
}

/* Takes the name without its extension; false: it is no such file, or of no use as a name. */
static bool take_name(const char *name, const char *extension, char ret_name[LABEL_NAME_SIZE])
{
	struct slice whole = slice_of(name);
	size_t length = whole.length - strlen(extension);

	if (!slice_ends(whole, slice_of(extension)) || length == 0 || length >= LABEL_NAME_SIZE ||
	    name[0] == '.')
		return false;
	(void)snprintf(ret_name, LABEL_NAME_SIZE, "%.*s", (int)length, name);
	return true;
}

static bool read_text(struct shelf_file *file, const char *path)
{
	struct buf text;
	bool good;

	buf_init(&text, FILE_MOST);
	good = file_read(path, &text) && buf_string(&text) != NULL;
	file->length = text.length;
	if (good)
		file->text = text.data;
	else
		buf_release(&text);
	return good;
}

static bool add_file(struct shelf_list *list, const char *folder, const char *name,
		     const char *extension, char *why, size_t why_size)
{
	struct shelf_file file = { .text = NULL };
	char path[4096];

	if (!take_name(name, extension, file.name) || list->count >= FILES_MOST)
		return true;
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (read_text(&file, path)) {
		list->files[list->count++] = file;
		return true;
	}
	(void)snprintf(why, why_size, "%s: %s", path, strerror(errno));
	return false;
}

static bool load(struct shelf_list *list, const char *folder, const char *extension, char *why,
		 size_t why_size)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, NULL, alphasort);
	bool good = count >= 0;

	if (!good)
		(void)snprintf(why, why_size, "%s: %s", folder, strerror(errno));
	list->files = calloc(FILES_MOST, sizeof(list->files[0]));
	for (int i = 0; i < count; i++) {
		good = good && list->files != NULL &&
		       add_file(list, folder, entries[i]->d_name, extension, why, why_size);
		free(entries[i]);
	}
	free(entries);
	return good;
}

bool label_shelf_load(struct label_shelf *ret_shelf, const char *sheets, const char *printers,
		      char *why, size_t why_size)
{
	struct label_shelf shelf = { 0 };

	(void)snprintf(why, why_size, "out of memory");
	if (load(&shelf.sheets, sheets, ".sheet", why, why_size) &&
	    (load(&shelf.printers, printers, ".printer", why, why_size) || errno == ENOENT)) {
		*ret_shelf = shelf;
		return true;
	}
	label_shelf_release(&shelf);
	return false;
}

/* --- joining --- */

static const struct shelf_file *find(const struct shelf_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->files[i].name, name) == 0)
			return &list->files[i];
	return NULL;
}

static struct slice text_of(const struct shelf_file *file)
{
	return (struct slice){ file->text, file->length };
}

/* "is one of A, B, …", as far as there is room. */
static bool refuse_name(const struct shelf_list *list, const char *member,
			struct label_refusal *ret_refusal)
{
	size_t n, size = sizeof(ret_refusal->limit);

	ret_refusal->member = member;
	n = (size_t)snprintf(ret_refusal->limit, size, "%s",
			     list->count == 0 ? "is none: this machine knows none" : "is one of");
	for (size_t i = 0; i < list->count && n + strlen(list->files[i].name) + 3 < size; i++)
		n += (size_t)snprintf(ret_refusal->limit + n, size - n, "%s %s", i == 0 ? "" : ",",
				      list->files[i].name);
	return false;
}

static bool refuse_file(const char *member, const char *why, struct label_refusal *ret_refusal)
{
	ret_refusal->member = member;
	(void)snprintf(ret_refusal->limit, sizeof(ret_refusal->limit), "cannot be used: %.170s",
		       why);
	return false;
}

static bool add_printer(const struct label_shelf *shelf, struct label_order *order,
			struct label_refusal *ret_refusal)
{
	const struct shelf_file *file = find(&shelf->printers, order->printer);
	char why[512];

	if (order->printer[0] == '\0')
		return true;
	if (file == NULL)
		return refuse_name(&shelf->printers, "printer", ret_refusal);
	return label_order_add_printer(order, text_of(file), file->name, why, sizeof(why)) ||
	       refuse_file("printer", why, ret_refusal);
}

static bool find_sheet(const struct label_shelf *shelf, const struct label_order *order,
		       struct sheet *ret_sheet, struct label_refusal *ret_refusal)
{
	const struct shelf_file *file = find(&shelf->sheets, label_order_sheet(order));
	char why[512];

	if (!label_order_has_labels(order) || order->label.width > 0 || order->grid.given)
		return true;
	if (file == NULL)
		return refuse_name(&shelf->sheets, "sheet", ret_refusal);
	return sheet_parse(text_of(file), file->name, ret_sheet, why, sizeof(why)) ||
	       refuse_file("sheet", why, ret_refusal);
}

static bool read_looks(const json_t *order, struct label_order *ret_order,
		       struct label_refusal *ret_refusal)
{
	/* jansson copies without changing, but asks for a writable object */
	json_t *looks = json_copy((json_t *)order);
	bool good;

	if (looks == NULL) {
		*ret_refusal = (struct label_refusal){ "", "a label order is an object" };
		return false;
	}
	(void)json_object_del(looks, "first");
	(void)json_object_del(looks, "count");
	label_order_init(ret_order);
	good = label_order_read(ret_order, looks, ret_refusal);
	json_decref(looks);
	return good;
}

bool label_shelf_setup(const struct label_shelf *shelf, const json_t *order, const char *font_path,
		       struct label_setup *ret_setup, struct label_refusal *ret_refusal)
{
	struct label_order o;
	struct sheet sheet = { .columns = 0 };

	if (!read_looks(order, &o, ret_refusal) || !add_printer(shelf, &o, ret_refusal) ||
	    !label_order_check(&o, ret_refusal) || !find_sheet(shelf, &o, &sheet, ret_refusal))
		return false;
	/* Thousands of pictures are no files that anybody wants one by one. */
	o.zip = !label_order_has_labels(&o);
	return label_setup_init(ret_setup, &o, &sheet, font_path, ret_refusal);
}

bool label_shelf_fits(const struct label_setup *setup, const struct batch *batch,
		      struct label_refusal *ret_refusal)
{
	struct buf prefix;
	bool fits;

	buf_init(&prefix, URI_MOST);
	batch_uri_prefix(batch, &prefix);
	/* serials are digits and capital letters */
	fits = label_setup_fits(setup, prefix.length + batch->length,
				qr_shape_is_alphanumeric(buf_slice(&prefix)), ret_refusal);
	buf_release(&prefix);
	return fits;
}
