/*
 * How often single codes were checked since a recall or hold began. What is counted are serials as
 * customers sent them; only the serial keys tell which codes they are, so they are asked for first
 * and then, read, given to the question that knows what is covered.
 */
#include "store/code_list.h"
#include "store/sql.h"
#include "web/console_keys.h"
#include "web/console_recalls.h"

/* The codes of its products that are looked at: 1 ms of a worker's time. */
enum { CODES_MOST = 500 };

struct checked {
	struct code_list codes;
	json_t *seen;	   /* [[GTIN, serial, visits], …] */
	struct slice text; /* the same as it came */
	void (*then)(struct api_call *call, struct db_parameters *p);
};

static void on_end(struct api_call *call)
{
	struct checked *c = call->own;

	code_list_release(&c->codes);
	json_decref(c->seen);
}

static void add_codes(struct checked *c)
{
	for (size_t i = 0; i < json_array_size(c->seen); i++) {
		const json_t *pair = json_array_get(c->seen, i), *serial = json_array_get(pair, 1);
		uint64_t gtin = (uint64_t)json_integer_value(json_array_get(pair, 0));
		struct printed_code code;

		printed_code_read(
		    console_keys(),
		    (struct slice){ json_string_value(serial), json_string_length(serial) }, gtin,
		    &code);
		/* Made elsewhere it may look like anything. */
		if (code.result != PRINTED_COMPUTED) {
			code = (struct printed_code){ .result = PRINTED_OTHER, .gtin = gtin };
			(void)snprintf(code.serial, sizeof(code.serial), "%s",
				       json_string_value(serial));
		}
		code_list_add(&c->codes, &code);
	}
}

static void ask(struct api_call *call)
{
	struct checked *c = call->own;
	struct db_parameters p = { .count = 0 };
	int64_t id;

	if (!recall_id(call, &id))
		return;
	add_codes(c);
	if (!code_list_finish(&c->codes)) {
		api_no_memory(call);
		return;
	}
	db_add_i64(&p, id);
	db_add_text(&p, c->text);
	for (unsigned i = 0; i < CODE_LIST_COLUMNS; i++)
		db_add_text(&p, buf_slice(&c->codes.columns[i]));
	c->then(call, &p);
}

static void keys_came(struct api_call *call, const PGresult *rows)
{
	console_keys_take(rows);
	ask(call);
}

static void visited(struct api_call *call, const PGresult *rows)
{
	struct checked *c = call->own;
	struct slice seen = db_text_in(rows, 0, 0);
	struct db_parameters p = { .count = 0 };

	if (PQntuples(rows) == 0) {
		recall_none(call);
		return;
	}
	c->seen = json_loadb(seen.data, seen.length, 0, NULL);
	c->text = arena_copy(&call->request->arena, seen);
	if (json_array_size(c->seen) == 0)
		ask(call);
	else
		api_ask(call, &sql_console_keys, &p, keys_came);
}

void recall_ask_checked(struct api_call *call,
			void (*then)(struct api_call *call, struct db_parameters *p))
{
	struct db_parameters p = { .count = 0 };
	struct checked *c;
	int64_t id;

	if (!recall_id(call, &id))
		return;
	c = api_own(call, sizeof(*c));
	if (c == NULL)
		return;
	code_list_init(&c->codes);
	c->then = then;
	call->on_end = on_end;
	db_add_i64(&p, id);
	db_add_i64(&p, CODES_MOST);
	api_ask(call, &sql_console_recalls_visited, &p, visited);
}
