/* Finding and reading label sheet files. */
#include "cli/sheet_file.h"

#include <dirent.h>
#include <errno.h>

#include "base/file.h"
#include "base/installed.h"

static void list_sheets(const char *folder, struct buf *names)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		struct slice name = slice_of(entries[i]->d_name);

		if (slice_ends(name, S(".sheet"))) {
			buf_add_char(names, ' ');
			buf_add(names, name.data, name.length - 6);
		}
		free(entries[i]);
	}
	free(entries);
}

static int unknown_sheet(const struct command_context *context, const char *name,
			 const char *folder)
{
	struct buf names;
	int status;

	buf_init(&names, 4096);
	list_sheets(folder, &names);
	status = command_fail(context, EXIT_USAGE, "no sheet \"%s\" in %s; there are:%s", name,
			      folder, names.length == 0 ? " none" : buf_string(&names));
	buf_release(&names);
	return status;
}

int sheet_file_load(const struct command_context *context, const char *name,
		    struct sheet *ret_sheet)
{
	char folder[4096], path[4352], why[512];
	struct buf text;
	bool good;

	installed_path("conf/sheets", "/usr/share/suyuan/sheets", folder, sizeof(folder));
	if (strchr(name, '/') != NULL)
		(void)snprintf(path, sizeof(path), "%s", name);
	else
		(void)snprintf(path, sizeof(path), "%s/%.200s.sheet", folder, name);
	buf_init(&text, 65536);
	if (!file_read(path, &text)) {
		buf_release(&text);
		if (strchr(name, '/') == NULL)
			return unknown_sheet(context, name, folder);
		return command_fail(context, EXIT_USAGE, "%s: %s", path, strerror(errno));
	}
	good = sheet_parse(buf_slice(&text), path, ret_sheet, why, sizeof(why));
	buf_release(&text);
	return good ? EXIT_OK : command_fail(context, EXIT_USAGE, "%s", why);
}
