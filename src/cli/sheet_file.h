/*
 * Label sheet files on disk: by name from conf/sheets of the checkout or /usr/share/suyuan/sheets,
 * or by a path, which has a slash.
 */
#ifndef SUYUAN_CLI_SHEET_FILE_H
#define SUYUAN_CLI_SHEET_FILE_H

#include "cli/command.h"
#include "label/sheet.h"

/* EXIT_OK, or the status to exit with; the reason, or the names there are, was printed. */
MUSTCHECK int sheet_file_load(const struct command_context *context, const char *name,
			      struct sheet *ret_sheet);

#endif
