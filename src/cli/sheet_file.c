/* Finding and reading the files of sheets and printers. */
#include "cli/sheet_file.h"

#include <dirent.h>
#include <errno.h>

#include "base/file.h"
#include "base/installed.h"

enum { CONF_PATH_SIZE = 4352, CONF_FILE_MOST = 65536 };

static const struct conf {
	const char *what, *extension, *in_checkout, *packaged;
} sheets = { "sheet", ".sheet", "conf/sheets", "/usr/share/suyuan/sheets" },
  printers = { "printer", ".printer", "conf/printers", "/usr/share/suyuan/printers" };

static void list_names(const struct conf *conf, const char *folder, struct buf *names)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		struct slice name = slice_of(entries[i]->d_name);

		if (slice_ends(name, slice_of(conf->extension))) {
			buf_add_char(names, ' ');
			buf_add(names, name.data, name.length - strlen(conf->extension));
		}
		free(entries[i]);
	}
	free(entries);
}

static int fail_unknown(const struct command_context *context, const struct conf *conf,
			const char *name, const char *folder)
{
	struct buf names;
	int status;

	buf_init(&names, 4096);
	list_names(conf, folder, &names);
	status = command_fail(context, EXIT_USAGE, "no %s \"%s\" in %s; there are:%s", conf->what,
			      name, folder, names.length == 0 ? " none" : buf_string(&names));
	buf_release(&names);
	return status;
}

/* Appends the file to `text`; `path` becomes its own. */
static int read_conf(const struct command_context *context, const struct conf *conf,
		     const char *name, char path[CONF_PATH_SIZE], struct buf *text)
{
	char folder[4096];

	installed_path(conf->in_checkout, conf->packaged, folder, sizeof(folder));
	if (strchr(name, '/') != NULL)
		(void)snprintf(path, CONF_PATH_SIZE, "%s", name);
	else
		(void)snprintf(path, CONF_PATH_SIZE, "%s/%.200s%s", folder, name, conf->extension);
	if (file_read(path, text))
		return EXIT_OK;
	if (strchr(name, '/') == NULL)
		return fail_unknown(context, conf, name, folder);
	return command_fail(context, EXIT_USAGE, "%s: %s", path, strerror(errno));
}

int sheet_file_load(const struct command_context *context, const char *name,
		    struct sheet *ret_sheet)
{
	char path[CONF_PATH_SIZE], why[512];
	struct buf text;
	int status;

	buf_init(&text, CONF_FILE_MOST);
	status = read_conf(context, &sheets, name, path, &text);
	if (status == EXIT_OK && !sheet_parse(buf_slice(&text), path, ret_sheet, why, sizeof(why)))
		status = command_fail(context, EXIT_USAGE, "%s", why);
	buf_release(&text);
	return status;
}

int printer_file_load(const struct command_context *context, const char *name,
		      struct label_order *order)
{
	char path[CONF_PATH_SIZE], why[512];
	struct buf text;
	int status;

	buf_init(&text, CONF_FILE_MOST);
	status = read_conf(context, &printers, name, path, &text);
	if (status == EXIT_OK &&
	    !label_order_add_printer(order, buf_slice(&text), path, why, sizeof(why)))
		status = command_fail(context, EXIT_USAGE, "%s", why);
	buf_release(&text);
	return status;
}
