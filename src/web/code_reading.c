/* From the body of a request to a list of codes for the database, a few codes a turn. */
#include "web/code_reading.h"

#include "model/gs1.h"
#include "store/sql.h"
#include "web/console_keys.h"
#include "web/loop.h"

/* About 0.2 ms of a worker's time. */
enum { CODES_A_TURN = 128 };

/* --- lifetime ------------------------------------------------------------------------------ */

static void reading_free(struct code_reading *reading)
{
	code_list_release(&reading->list);
	json_decref(reading->items);
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
	call->own = reading;
	call->on_end = on_end;
	return reading;
}

void code_reading_add(const struct code_reading *reading, struct db_parameters *p)
{
	for (size_t i = 0; i < CODE_LIST_COLUMNS; i++)
		db_add_text(p, buf_slice(&reading->list.columns[i]));
}

/* --- reading ------------------------------------------------------------------------------- */

static bool next_text(struct code_reading *reading, struct slice *ret_text)
{
	const json_t *item;

	if (reading->items == NULL) {
		while (slice_cut(&reading->lines, '\n', ret_text))
			if (slice_trim(*ret_text).length > 0)
				return true;
		return false;
	}
	if (reading->next >= json_array_size(reading->items))
		return false;
	item = json_array_get(reading->items, reading->next++);
	*ret_text = (struct slice){ json_string_value(item), json_string_length(item) };
	return true;
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
	if (code_list_finish(&reading->list))
		reading->then(reading->call, reading);
	else
		api_no_memory(reading->call);
}

static void read_some(struct code_reading *reading)
{
	struct slice lines = reading->lines, text;
	size_t next = reading->next;
	struct printed_code code;

	for (int i = 0; i < CODES_A_TURN; i++) {
		if (!next_text(reading, &text)) {
			finish(reading);
			return;
		}
		printed_code_read(console_keys(), text, reading->gtin, &code);
		if (code.result == PRINTED_KEY_LATER && !reading->keys_fetched) {
			/* This code once more, when they are here. */
			reading->lines = lines;
			reading->next = next;
			fetch_keys(reading);
			return;
		}
		if (reading->single)
			memcpy(reading->reason, code.reason, sizeof(reading->reason));
		code_list_add(&reading->list, &code);
		lines = reading->lines;
		next = reading->next;
	}
	reading->waiting = true;
	loop_soon(my_turn, reading);
}

/* --- what is to be read -------------------------------------------------------------------- */

static bool too_many(struct api_call *call, size_t count)
{
	char limit[32];

	if (count <= CODE_LIST_MOST)
		return false;
	(void)snprintf(limit, sizeof(limit), "%d", CODE_LIST_MOST);
	api_problem(call, 413, "codes", limit,
		    "codes: one request may hold %d codes; send longer lists in parts.",
		    CODE_LIST_MOST);
	return true;
}

static bool take_lines(struct code_reading *reading)
{
	struct slice rest = reading->call->request->body, line;
	size_t count = 0;

	if (slice_starts(rest, S("\xef\xbb\xbf")))
		rest = slice_from(rest, 3);
	reading->lines = rest;
	while (slice_cut(&rest, '\n', &line))
		count += slice_trim(line).length > 0;
	if (count > 0)
		return !too_many(reading->call, count);
	api_problem(reading->call, 400, "body", "a code a line", "The body holds no code.");
	return false;
}

static bool all_texts(struct api_call *call, const json_t *items)
{
	for (size_t i = 0; i < json_array_size(items); i++) {
		if (json_is_string(json_array_get(items, i)))
			continue;
		api_problem(call, 400, "codes", "an array of texts",
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
		api_problem(call, 400, "codes", "an array of 1 to 10000 texts",
			    "codes: must be an array of at least one code; or give \"code\".");
		return false;
	}
	if (too_many(call, json_array_size(items)) || !all_texts(call, items))
		return false;
	reading->items = json_incref(items);
	return true;
}

/* Members with one code each. */
static bool take_members(struct code_reading *reading, const char *const *names, size_t count)
{
	reading->items = json_array();
	for (size_t i = 0; i < count; i++) {
		struct slice text;

		if (!api_text(reading->call, names[i], DL_URI_MAX, &text))
			return false;
		if (json_array_append_new(reading->items, json_stringn(text.data, text.length)) !=
		    0) {
			api_no_memory(reading->call);
			return false;
		}
	}
	return true;
}

static bool take_single(struct code_reading *reading)
{
	static const char *const names[] = { "code" };

	reading->single = true;
	if (!api_has(reading->call, "codes"))
		return take_members(reading, names, 1);
	api_problem(reading->call, 400, "codes", NULL, "Give either \"code\" or \"codes\".");
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

void code_reading_run_ends(struct code_reading *reading, const char *first, const char *last,
			   void (*then)(struct api_call *call, struct code_reading *reading))
{
	const char *const names[] = { first, last };

	reading->then = then;
	if (take_members(reading, names, COUNT_OF(names)))
		read_some(reading);
}
