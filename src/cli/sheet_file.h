/*
 * The files that labels are measured by: sheets and printers, each by name from conf/sheets and
 * conf/printers of the checkout or of /usr/share/suyuan, or by a path, which has a slash.
 */
#ifndef SUYUAN_CLI_SHEET_FILE_H
#define SUYUAN_CLI_SHEET_FILE_H

#include "cli/command.h"
#include "label/order.h"
#include "label/sheet.h"

/* EXIT_OK, or the status to exit with; the reason, or the names there are, was printed. */
MUSTCHECK int sheet_file_load(const struct command_context *context, const char *name,
			      struct sheet *ret_sheet);
/* The same; the printer's members that `order` does not have yet are set in it. */
MUSTCHECK int printer_file_load(const struct command_context *context, const char *name,
				struct label_order *order);

#endif
