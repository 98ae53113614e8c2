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
	buf_init(&list->serials, COLUMN_MOST);
}

void code_list_release(struct code_list *list)
{
	for (size_t i = 0; list != NULL && i < CODE_LIST_COLUMNS; i++)
		buf_release(&list->columns[i]);
	if (list != NULL)
		buf_release(&list->serials);
}

void code_list_clear(struct code_list *list)
{
	list->count = 0;
	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		buf_clear(&list->columns[i]);
	buf_clear(&list->serials);
}

static void add_number(struct buf *column, bool known, uint64_t value)
{
	if (known)
		buf_add_u64(column, value);
	else
		buf_add_string(column, "NULL");
}

/*
 * A serial may hold what arrays mean something by, so it is always quoted and '"' escaped ('\\' is
 * no character of a serial).
 */
static void add_text(struct buf *column, const char *text)
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
	buf_add_char(&list->serials, list->count == 0 ? '{' : ',');
	add_number(&list->columns[GTINS], code->result != PRINTED_MALFORMED, code->gtin);
	add_number(&list->columns[COUNTERS], computed, code->counter);
	add_number(&list->columns[KEY_IDS], computed, code->key_id);
	add_number(&list->columns[LENGTHS], computed, code->length);
	/* What is computed needs no serial to be found. */
	add_text(&list->columns[SERIALS], computed ? "" : code->serial);
	add_text(&list->serials, code->serial);
	list->count++;
}

static bool finish(struct buf *column, bool is_empty)
{
	buf_add_string(column, is_empty ? "{}" : "}");
	return buf_string(column) != NULL && buf_ok(column);
}

bool code_list_finish(struct code_list *list)
{
	bool ok = finish(&list->serials, list->count == 0);

	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		ok = finish(&list->columns[i], list->count == 0) && ok;
	return ok;
}
