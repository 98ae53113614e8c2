/*
 * What the parts of `/imports` share: the beginning of an uploaded file as a table, and a mapping
 * (JSON of the editor and of the API) as the text of a profile (model/profile.h).
 */
#ifndef SUYUAN_WEB_CONSOLE_IMPORTS_H
#define SUYUAN_WEB_CONSOLE_IMPORTS_H

#include "web/pages.h"

enum { HEAD_COLUMNS = 100, HEAD_ROWS = 4, CONSTANTS = 3 };

/* The header and the first rows; texts in the request's arena. */
struct import_head {
	char delimiter;
	struct slice names[HEAD_COLUMNS];
	size_t columns; /* at most HEAD_COLUMNS; 0: it cannot be read */
	bool too_wide;	/* it has more */
	struct slice cells[HEAD_ROWS][HEAD_COLUMNS];
	size_t rows;
};

/* `delimiter` 0: guess. */
void import_head_read(struct import_head *head, struct arena *memory, struct slice text,
		      char delimiter);
/* "comma" of ','; and back, 0 for none. */
const char *delimiter_name(char sign);
char delimiter_named(struct slice name);

/*
 * Appends the profile that the mapping means for a file with these columns. NULL: done; else a code
 * of messages.def, and *ret_member what it is about ("columns", "time_zone" …).
 */
MUSTCHECK const char *import_mapping_print(const json_t *mapping, const struct import_head *head,
					   struct buf *out, const char **ret_member);
/* The mapping that a form of the editor says; new reference. */
json_t *import_mapping_of_form(struct api_call *call, const struct import_head *head);
/* What the file's header suggests, for this record (NULL: guess that, too); new reference. */
json_t *import_mapping_guess(const struct import_head *head, const char *record);

/* The page of an upload; rows of console_imports_show. */
void import_page_show(struct api_call *call, const PGresult *rows);
/* False: answered; the capture is no number. */
MUSTCHECK bool import_id(struct api_call *call, int64_t *ret_id);
/* Asks console_imports_show for the upload of the address. */
void import_ask(struct api_call *call, void (*show)(struct api_call *, const PGresult *));

#endif
