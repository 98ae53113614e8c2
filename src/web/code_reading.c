/* From the body of a request to a list of codes for the database, a few codes a turn. */
#include "web/code_reading.h"

#include "model/gs1.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_keys.h"
#include "web/loop.h"
#include "web/pages.h"

enum {
	CODES_A_TURN = 128, /* about 0.2 ms of a worker's time */
	REASONS_MOST = CODE_LIST_MOST * DL_ERROR_MAX,
};

/* --- lifetime ------------------------------------------------------------------------------ */

static void reading_free(struct code_reading *reading)
{
	code_list_release(&reading->list);
	buf_release(&reading->reasons);
	free(reading->words);
	free(reading);
}

/* The call has ended; a turn of the loop that was asked for cannot be taken back. */
static void on_end(struct api_call *call)
{
	struct code_reading *reading = call->own;

	reading->call = NULL;
	if (!reading->waiting)
		reading_free(reading);
}

static bool read_gtin(struct api_call *call, uint64_t *ret_gtin)
{
	if (call->body != NULL)
		return !api_has(call, "gtin") || api_gtin(call, "gtin", ret_gtin);
	return api_query_gtin(call, "gtin", ret_gtin);
}

void code_reading_forget(struct api_call *call)
{
	if (call->on_end != on_end)
		return;
	call->on_end = NULL;
	on_end(call);
	call->own = NULL;
}

struct code_reading *code_reading_new(struct api_call *call)
{
	struct code_reading *reading;
	uint64_t gtin = 0;

	if (!read_gtin(call, &gtin))
		return NULL;
	reading = calloc(1, sizeof(*reading));
	if (reading == NULL) {
		api_no_memory(call);
		return NULL;
	}
	reading->call = call;
	reading->gtin = gtin;
	code_list_init(&reading->list);
	buf_init(&reading->reasons, REASONS_MOST);
	call->own = reading;
	call->on_end = on_end;
	return reading;
}

void code_reading_add(const struct code_reading *reading, struct db_parameters *p)
{
	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		db_add_text(p, buf_slice(&reading->list.columns[i]));
}

void code_reading_add_serials(const struct code_reading *reading, struct db_parameters *p)
{
	db_add_text(p, buf_slice(&reading->list.serials));
}

/* --- reading ------------------------------------------------------------------------------- */

/* What becomes of a code that was read. */
static void keep(struct code_reading *reading, size_t i, const struct printed_code *code)
{
	struct slice reason = slice_of(code->reason);
	struct code_read *read;

	if (reading->single)
		memcpy(reading->reason, code->reason, sizeof(reading->reason));
	code_list_add(&reading->list, code);
	if (reading->read == NULL)
		return;
	read = &reading->read[i];
	read->gtin = code->gtin;
	memcpy(read->serial, code->serial, sizeof(read->serial));
	if (code->result != PRINTED_MALFORMED)
		return;
	read->fault = code->fault;
	if (reading->texts[i].fault != CSV_FINE)
		reason = slice_of(csv_fault_reason(reading->texts[i].fault));
	read->reason = reading->reasons.length;
	buf_add_slice(&reading->reasons, reason);
	read->reason_length = reading->reasons.length - read->reason;
}

const char *code_reading_fault(const struct code_reading *reading, size_t i)
{
	if (reading->texts[i].fault != CSV_FINE)
		return csv_fault_code(reading->texts[i].fault);
	return printed_fault_word(reading->read[i].fault);
}

struct slice code_reading_reason(const struct code_reading *reading, size_t i)
{
	const struct code_read *read = &reading->read[i];

	return (struct slice){ reading->reasons.data + read->reason, read->reason_length };
}

static void read_some(struct code_reading *reading);

static void keys_came(struct api_call *call, const PGresult *rows)
{
	struct code_reading *reading = call->own;

	console_keys_take(rows);
	reading->keys_fetched = true;
	read_some(reading);
}

static void fetch_keys(struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };

	api_ask(reading->call, &sql_console_keys, &p, keys_came);
}

static void my_turn(void *arg)
{
	struct code_reading *reading = arg;

	reading->waiting = false;
	if (reading->call == NULL)
		reading_free(reading);
	else
		read_some(reading);
}

static void finish(struct code_reading *reading)
{
	if (code_list_finish(&reading->list) && buf_ok(&reading->reasons))
		reading->then(reading->call, reading);
	else
		api_no_memory(reading->call);
}

static void read_some(struct code_reading *reading)
{
	size_t end = reading->next + CODES_A_TURN;
	struct printed_code code;

	for (; reading->next < end && reading->next < reading->count; reading->next++) {
		printed_code_read(console_keys(), reading->texts[reading->next].text, reading->gtin,
				  &code);
		if (code.result == PRINTED_KEY_LATER && !reading->keys_fetched) {
			/* This code once more, when they are here. */
			fetch_keys(reading);
			return;
		}
		keep(reading, reading->next, &code);
	}
	if (reading->next == reading->count) {
		finish(reading);
		return;
	}
	reading->waiting = true;
	loop_soon(my_turn, reading);
}

/* --- what is to be read -------------------------------------------------------------------- */

/* Room for so many codes. False: answered. */
static bool make_room(struct code_reading *reading, size_t count)
{
	struct arena *memory = &reading->call->request->arena;

	reading->texts = arena_array(memory, count, sizeof(*reading->texts));
	reading->read = reading->keep ? arena_array(memory, count, sizeof(*reading->read)) : NULL;
	reading->count = count;
	if (reading->texts != NULL && (reading->read != NULL || !reading->keep))
		return true;
	api_no_memory(reading->call);
	return false;
}

static bool too_many(struct api_call *call, const char *member, size_t count)
{
	if (count <= CODE_LIST_MOST)
		return false;
	api_problem_members(call, 413,
			    json_pack("{s:s,s:o,s:s}", "member", member, "limit",
				      json_sprintf("%d", CODE_LIST_MOST), "code", "codes_too_many"),
			    message_words("codes_too_many"));
	return true;
}

static bool take_lines(struct code_reading *reading)
{
	struct slice text = reading->call->request->body;
	size_t count = code_column_lines(text, NULL, 0);

	if (count == 0) {
		api_problem(reading->call, 400, MESSAGE_required, "body", "a code a line",
			    "The body holds no code.");
		return false;
	}
	if (too_many(reading->call, "codes", count) || !make_room(reading, count))
		return false;
	(void)code_column_lines(text, reading->texts, count);
	return true;
}

static bool all_texts(struct api_call *call, const json_t *items)
{
	for (size_t i = 0; i < json_array_size(items); i++) {
		if (json_is_string(json_array_get(items, i)))
			continue;
		api_problem(call, 400, MESSAGE_not_a_text, "codes", "an array of texts",
			    "codes: number %zu is no text.", i + 1);
		return false;
	}
	return true;
}

static bool take_array(struct code_reading *reading)
{
	struct api_call *call = reading->call;
	json_t *items = json_object_get(call->body, "codes");

	if (!json_is_array(items) || json_array_size(items) == 0) {
		api_problem(call, 400, MESSAGE_required, "codes", "an array of 1 to 10000 texts",
			    "codes: must be an array of at least one code; or give \"code\".");
		return false;
	}
	if (too_many(call, "codes", json_array_size(items)) || !all_texts(call, items) ||
	    !make_room(reading, json_array_size(items)))
		return false;
	for (size_t i = 0; i < reading->count; i++) {
		const json_t *item = json_array_get(items, i);

		reading->texts[i] = (struct code_cell){
			{ json_string_value(item), json_string_length(item) }, i + 1, CSV_FINE
		};
	}
	return true;
}

/* Members with one code each. */
static bool take_members(struct code_reading *reading, const char *const *names, size_t count)
{
	if (!make_room(reading, count))
		return false;
	for (size_t i = 0; i < count; i++) {
		reading->texts[i].line = i + 1;
		if (!api_text(reading->call, names[i], DL_URI_MAX, &reading->texts[i].text))
			return false;
	}
	return true;
}

static bool take_single(struct code_reading *reading)
{
	static const char *const names[] = { "code" };

	reading->single = true;
	if (!api_has(reading->call, "codes"))
		return take_members(reading, names, 1);
	api_problem(reading->call, 400, MESSAGE_which_codes, "codes", NULL,
		    "Give either \"code\" or \"codes\".");
	return false;
}

void code_reading_run(struct code_reading *reading,
		      void (*then)(struct api_call *call, struct code_reading *reading))
{
	bool ok;

	reading->then = then;
	if (reading->call->body == NULL)
		ok = take_lines(reading);
	else if (api_has(reading->call, "code"))
		ok = take_single(reading);
	else
		ok = take_array(reading);
	if (ok)
		read_some(reading);
}

bool code_texts_take(struct api_call *call, struct slice text, const char *member,
		     const char *const *names, struct code_cell *cells, size_t *ret_count)
{
	char *copy = arena_alloc(&call->request->arena, 2 * text.length + 1);
	size_t count = 0;

	if (copy == NULL) {
		api_no_memory(call);
		return false;
	}
	memcpy(copy, text.length == 0 ? "" : text.data, text.length);
	switch (code_column_read(copy, text.length, names, copy + text.length, cells,
				 CODE_LIST_MOST, &count)) {
	case CODE_COLUMN_OK:
		break;
	case CODE_COLUMN_EMPTY:
		message_refuse(call, 400, member, "codes_none");
		return false;
	case CODE_COLUMN_NO_TEXT:
		message_refuse(call, 400, member, "file_not_csv");
		return false;
	case CODE_COLUMN_TOO_MANY:
		return !too_many(call, member, count);
	}
	*ret_count = count;
	return true;
}

void code_reading_run_column(struct code_reading *reading, struct slice text, const char *member,
			     const char *const *names,
			     void (*then)(struct api_call *call, struct code_reading *reading))
{
	reading->then = then;
	if (make_room(reading, CODE_LIST_MOST) &&
	    code_texts_take(reading->call, text, member, names, reading->texts, &reading->count))
		read_some(reading);
}

void code_reading_run_ends(struct code_reading *reading, const char *first, const char *last,
			   void (*then)(struct api_call *call, struct code_reading *reading))
{
	const char *const names[] = { first, last };

	reading->then = then;
	if (take_members(reading, names, COUNT_OF(names)))
		read_some(reading);
}

bool code_refuse_unknown(struct api_call *call, struct slice found)
{
	if (slice_equal(found, S("never_issued")))
		api_problem(call, 404, MESSAGE_pack_never_issued, "code", NULL,
			    "code: this code was never issued.");
	else if (slice_equal(found, S("not_yours")))
		api_problem(call, 403, MESSAGE_pack_gtin, "code", NULL,
			    "code: this key is not for its GTIN.");
	else
		return false;
	return true;
}
