/*
 * A record as a form: its columns (model/import_fields.def) as inputs, and what was sent as what
 * the record is to say. What a value may be is said by model/import_value.h, as for a file.
 *
 * Words come as {"en": …} from programs and as NAME.en from forms; a step's parameters as
 * [{"name": {"en": …}, "value": …, "unit": …}, …] and as parameters.1.name.en, parameters.1.value,
 * parameters.1.unit. Times without an offset are those of the member time_zone; nothing: UTC.
 */
#ifndef SUYUAN_WEB_CONSOLE_RECORDS_SHEET_H
#define SUYUAN_WEB_CONSOLE_RECORDS_SHEET_H

#include "web/pages.h"

struct record_sheet {
	struct slice kind;
	bool is_new;	      /* keys are asked for, too: a record keeps them */
	const json_t *says;   /* {column: text, words or parameters}; may be NULL */
	const json_t *offers; /* {column: [[value, words], …]}; may be NULL */
	struct slice time_zone;
	enum text submit;
	struct slice action;
};

/*
 * What was sent: {column: text, words, parameters or null}. A program says what it wants; a form,
 * and who enters a new record, every column. NULL: answered, refused at its member.
 */
MUSTCHECK json_t *record_sheet_read(struct api_call *call, struct slice kind, bool is_new);
/* Fills inputs and parameters of the view. */
void record_sheet_show(struct page *p, const struct record_sheet *s,
		       struct view_console_record_form *view);

#endif
