/* Finding and reading label sheet files. */
#include "cli/sheet_file.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "base/buf.h"

static bool read_text_file(const char *path, struct buf *out)
{
	FILE *in = fopen(path, "re");
	char piece[4096];
	size_t n;
	bool good;

	if (in == NULL)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), in)) > 0)
		buf_add(out, piece, n);
	good = ferror(in) == 0 && buf_ok(out);
	(void)fclose(in);
	return good;
}

/* Of the checkout the program was built in, else where packages put it. */
static void sheet_folder(char *room, size_t size)
{
	/* bin/suyuan and build/VARIANT/bin/suyuan */
	static const char *const ways[] = { "../conf/sheets", "../../../conf/sheets" };
	char program[3072];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	int folder = 0;

	while (length > 0 && program[length - 1] != '/')
		length--;
	folder = length < 0 ? 0 : (int)length;
	for (size_t i = 0; i < COUNT_OF(ways); i++) {
		(void)snprintf(room, size, "%.*s%s", folder, program, ways[i]);
		if (access(room, R_OK) == 0)
			return;
	}
	(void)snprintf(room, size, "/usr/share/suyuan/sheets");
}

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

	sheet_folder(folder, sizeof(folder));
	if (strchr(name, '/') != NULL)
		(void)snprintf(path, sizeof(path), "%s", name);
	else
		(void)snprintf(path, sizeof(path), "%s/%.200s.sheet", folder, name);
	buf_init(&text, 65536);
	if (!read_text_file(path, &text)) {
		buf_release(&text);
		if (strchr(name, '/') == NULL)
			return unknown_sheet(context, name, folder);
		return command_fail(context, EXIT_USAGE, "%s: %s", path, strerror(errno));
	}
	good = sheet_parse(buf_slice(&text), path, ret_sheet, why, sizeof(why));
	buf_release(&text);
	return good ? EXIT_OK : command_fail(context, EXIT_USAGE, "%s", why);
}
