/* Whole files into memory and back. */
#include "base/file.h"

#include <errno.h>

enum { CHUNK = 16384 };

static bool read_all(FILE *file, struct buf *out)
{
	char chunk[CHUNK];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
		buf_add(out, chunk, n);
	if (!buf_ok(out)) {
		errno = EFBIG;
		return false;
	}
	return !ferror(file);
}

bool file_read(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rbe");
	int why;
	bool ok;

	if (file == NULL)
		return false;
	ok = read_all(file, out);
	why = errno;
	(void)fclose(file);
	errno = why;
	return ok;
}

bool file_write(const char *path, struct slice content)
{
	FILE *file = fopen(path, "wbe");
	bool ok;

	if (file == NULL)
		return false;
	ok = fwrite(content.data, 1, content.length, file) == content.length;
	return fclose(file) == 0 && ok;
}
