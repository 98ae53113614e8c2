/* Printed codes as the text of PostgreSQL arrays, column by column. */
#include "store/code_list.h"

#include <assert.h>

enum { GTINS, COUNTERS, KEY_IDS, LENGTHS, SERIALS };
enum { COLUMN_MOST = CODE_LIST_MOST * 48 + 3 };

void code_list_init(struct code_list *list)
{
	list->count = 0;
	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		buf_init(&list->columns[i], COLUMN_MOST);
}

void code_list_release(struct code_list *list)
{
	for (size_t i = 0; list != NULL && i < CODE_LIST_COLUMNS; i++)
		buf_release(&list->columns[i]);
}

void code_list_clear(struct code_list *list)
{
	list->count = 0;
	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		buf_clear(&list->columns[i]);
}

static void add_number(struct buf *column, bool known, uint64_t value)
{
	if (known)
		buf_add_u64(column, value);
	else
		buf_add_string(column, "NULL");
}

void code_list_add_text(struct buf *column, const char *text)
{
	buf_add_char(column, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"')
			buf_add_char(column, '\\');
		buf_add_char(column, *c);
	}
	buf_add_char(column, '"');
}

void code_list_add(struct code_list *list, const struct printed_code *code)
{
	bool computed = code->result == PRINTED_COMPUTED;

	assert(list->count < CODE_LIST_MOST);
	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		buf_add_char(&list->columns[i], list->count == 0 ? '{' : ',');
	add_number(&list->columns[GTINS], code->result != PRINTED_MALFORMED, code->gtin);
	add_number(&list->columns[COUNTERS], computed, code->counter);
	add_number(&list->columns[KEY_IDS], computed, code->key_id);
	add_number(&list->columns[LENGTHS], computed, code->length);
	/* What is computed needs no serial to be found. */
	code_list_add_text(&list->columns[SERIALS], computed ? "" : code->serial);
	list->count++;
}

bool code_list_finish(struct code_list *list)
{
	bool ok = true;

	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++) {
		struct buf *column = &list->columns[i];

		if (list->count == 0)
			buf_add_char(column, '{');
		buf_add_char(column, '}');
		ok = buf_string(column) != NULL && buf_ok(column) && ok;
	}
	return ok;
}
