/* What every generator ends with: one of the files it made, written whole or complained about. */
#ifndef SUYUAN_TOOL_SAVE_H
#define SUYUAN_TOOL_SAVE_H

#include "base/file.h"

/* Writes OUT with this ending behind it, ".c" or ".h". False: standard error says why. */
MUSTCHECK static inline bool save(const char *out, const char *ending, const struct buf *content)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s%s", out, ending);
	if (buf_ok(content) && file_write(path, buf_slice(content)))
		return true;
	perror(path);
	return false;
}

#endif
