/* `/v1/serials` and `/packing/serials`: serials that were made elsewhere are taken in. */
#include "base/buf.h"
#include "base/utf8.h"
#include "model/foreign_serial.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/batch_keys.h"
#include "web/packing.h"
#include "web/packing_form.h"

void serve_serials(struct request *r);
void serve_serials_page(struct request *r);
void serve_serials_form(struct request *r);

enum {
	SERIALS_MOST = 10000,
	SHOWN_MOST = 64, /* bytes of a refused serial in the answer */
	ARRAY_MOST = SERIALS_MOST * (GS1_SERIAL_MAX * 2 + 3) + 3,
};

static const char *const members[] = { "gtin", "lot", "serials", NULL };

/* One serial of the request. */
struct given {
	struct slice serial; /* in call->body */
	uint64_t line;	     /* of a form, from 1 on */
	enum foreign_result result;
	size_t character;	/* the bad one, from 1 on */
	struct slice other_lot; /* with `is_other_lot`: of an earlier list */
	bool is_other_lot;
};

/* A request under way; in the request's arena. */
struct intake {
	uint64_t gtin;
	struct slice lot;
	struct given *given;
	size_t count;
	uint64_t known, repeated, refused;
	struct packing_products *products; /* of the page */
};

/* --- reading the request ------------------------------------------------------------------- */

static bool bad_serials(struct api_call *call)
{
	api_problem(call, 400, MESSAGE_wrong_shape, "serials", "1 to 10000 texts",
		    "serials: must be a list of 1 to 10000 texts.");
	return false;
}

static bool read_serials(struct api_call *call, struct intake *i)
{
	const json_t *list = json_object_get(call->body, "serials");

	i->count = json_array_size(list);
	if (i->count < 1 || i->count > SERIALS_MOST)
		return bad_serials(call);
	i->given = arena_array(&call->request->arena, i->count, sizeof(*i->given));
	if (i->given == NULL) {
		api_no_memory(call);
		return false;
	}
	for (size_t n = 0; n < i->count; n++) {
		const json_t *serial = json_array_get(list, n);

		if (!json_is_string(serial))
			return bad_serials(call);
		i->given[n] = (struct given){ .serial = { json_string_value(serial),
							  json_string_length(serial) } };
	}
	return true;
}

/* --- checking ------------------------------------------------------------------------------ */

/* False: a key cannot be opened, so nobody knows whether a serial is one of its own. */
static bool open_keys(const PGresult *rows, struct keyring *ring)
{
	for (int row = 0; row < PQntuples(rows); row++) {
		unsigned id;

		if (PQgetisnull(rows, row, 0))
			continue;
		id = (unsigned)db_i64_in(rows, row, 0);
		if (id >= SERIAL_KEY_IDS ||
		    !batch_key_open(id, db_text_in(rows, row, 1), &ring->keys[id]))
			return false;
		ring->present[id] = true;
	}
	return true;
}

static void check_all(struct intake *i, struct keyring *ring)
{
	for (size_t n = 0; n < i->count; n++) {
		struct given *g = &i->given[n];

		g->result = foreign_serial_check(ring, i->gtin, g->serial, &g->character);
		i->refused += g->result != FOREIGN_OK;
	}
}

/* --- the answer ---------------------------------------------------------------------------- */

static json_t *reason_of(const struct given *g)
{
	if (!g->is_other_lot && g->result == FOREIGN_BAD_CHARACTER)
		return json_sprintf("character %d: %s", (int)g->character,
				    foreign_serial_reason(g->result));
	if (!g->is_other_lot)
		return json_string(foreign_serial_reason(g->result));
	if (g->other_lot.length == 0)
		return json_string("it was taken in before, without a lot");
	return json_sprintf("it was taken in before, with lot %.*s", SLICE_ARG(g->other_lot));
}

static json_t *refusal(size_t position, const struct given *g)
{
	json_t *shown = g->serial.length > SHOWN_MOST
			    ? json_null()
			    : json_stringn(g->serial.data, g->serial.length);

	return json_pack("{s:I,s:o,s:s,s:o}", "position", (json_int_t)position, "serial", shown,
			 "code", g->is_other_lot ? "other_lot" : foreign_serial_word(g->result),
			 "reason", reason_of(g));
}

static json_t *refusals(const struct intake *i)
{
	json_t *list = json_array();

	for (size_t n = 0; list != NULL && n < i->count; n++) {
		const struct given *g = &i->given[n];

		if ((g->is_other_lot || g->result != FOREIGN_OK) &&
		    json_array_append_new(list, refusal(n + 1, g)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static void show_json(struct api_call *call, const struct intake *i)
{
	char gtin[GTIN_TEXT_SIZE];
	json_t *answer;
	char *text;

	gtin_format(i->gtin, gtin);
	answer = json_pack(
	    "{s:s,s:o,s:I,s:I,s:I,s:I,s:o}", "gtin", gtin, "lot",
	    i->lot.length == 0 ? json_null() : json_stringn(i->lot.data, i->lot.length), "read",
	    (json_int_t)i->count, "added",
	    (json_int_t)(i->count - i->known - i->repeated - i->refused), "known",
	    (json_int_t)i->known, "repeated", (json_int_t)i->repeated, "refused", refusals(i));
	text = answer == NULL ? NULL : json_dumps(answer, JSON_COMPACT);
	json_decref(answer);
	if (text == NULL)
		api_no_memory(call);
	else
		api_answer_json(call, 200, slice_of(text));
	free(text);
}

static void show_page(struct api_call *call, const struct intake *i);

static void show_taken(struct api_call *call, const struct intake *i)
{
	if (call->face != NULL)
		show_page(call, i);
	else
		show_json(call, i);
}

/* --- taking in ----------------------------------------------------------------------------- */

/* The serial that was `place`th of those that were sent on; places come in order. */
static struct given *given_at(struct intake *i, uint64_t place, size_t *at, uint64_t *passed)
{
	for (;; (*at)++) {
		*passed += i->given[*at].result == FOREIGN_OK;
		if (*passed == place && i->given[*at].result == FOREIGN_OK)
			return &i->given[(*at)++];
	}
}

static void taken(struct api_call *call, const PGresult *rows)
{
	struct intake *i = call->own;
	uint64_t passed = 0;
	size_t at = 0;

	for (int row = 0; row < PQntuples(rows); row++) {
		struct given *g = given_at(i, (uint64_t)db_i64_in(rows, row, 0), &at, &passed);
		struct slice outcome = db_text_in(rows, row, 1);

		if (slice_equal(outcome, S("repeated"))) {
			i->repeated++;
		} else if (slice_equal(outcome, S("known"))) {
			i->known++;
		} else {
			i->refused++;
			g->is_other_lot = true;
			g->other_lot = db_text_in(rows, row, 2);
		}
	}
	show_taken(call, i);
}

/* PostgreSQL's text form of an array; '\' is no character of a serial. */
static void add_quoted(struct buf *array, struct slice serial)
{
	buf_add_char(array, array->length == 0 ? '{' : ',');
	buf_add_char(array, '"');
	for (size_t n = 0; n < serial.length; n++) {
		if (serial.data[n] == '"')
			buf_add_char(array, '\\');
		buf_add_char(array, serial.data[n]);
	}
	buf_add_char(array, '"');
}

static void write_good(const struct intake *i, struct buf *array)
{
	for (size_t n = 0; n < i->count; n++)
		if (i->given[n].result == FOREIGN_OK)
			add_quoted(array, i->given[n].serial);
	buf_add_char(array, '}');
}

static void write_keys(const struct keyring *ring, struct buf *array)
{
	for (unsigned id = 0; id < SERIAL_KEY_IDS; id++)
		if (ring->present[id])
			buf_add_format(array, "%s%u", array->length == 0 ? "{" : ",", id);
	buf_add_string(array, array->length == 0 ? "{}" : "}");
}

static void take(struct api_call *call, const struct intake *i, const struct keyring *ring)
{
	struct db_parameters p = { .count = 0 };
	struct buf serials, keys;

	buf_init(&serials, ARRAY_MOST);
	buf_init(&keys, 4 * SERIAL_KEY_IDS);
	write_good(i, &serials);
	write_keys(ring, &keys);
	db_add_i64(&p, (int64_t)i->gtin);
	db_add_text_or_null(&p, i->lot);
	db_add_text(&p, buf_slice(&serials));
	db_add_text(&p, buf_slice(&keys));
	if (buf_ok(&serials) && buf_ok(&keys))
		api_ask(call, &sql_api_serials_take, &p, taken);
	else
		api_no_memory(call);
	buf_release(&serials);
	buf_release(&keys);
}

static void got_keys(struct api_call *call, const PGresult *rows)
{
	struct intake *i = call->own;
	struct keyring ring;

	keyring_init(&ring);
	if (!open_keys(rows, &ring)) {
		api_problem(call, 503, MESSAGE_keys_away, NULL, NULL,
			    "The serial keys are not at hand.");
	} else {
		check_all(i, &ring);
		if (i->refused == i->count)
			show_taken(call, i);
		else
			take(call, i, &ring);
	}
	keyring_release(&ring);
}

static void ask_keys(struct api_call *call, const struct intake *i)
{
	struct db_parameters p = { .count = 0 };

	db_add_i64(&p, (int64_t)i->gtin);
	api_ask(call, &sql_api_serials_keys, &p, got_keys);
}

static void post(struct api_call *call)
{
	struct intake *i = api_own(call, sizeof(*i));

	if (i != NULL && api_only(call, members) && api_gtin(call, "gtin", &i->gtin) &&
	    api_lot(call, "lot", &i->lot) && read_serials(call, i))
		ask_keys(call, i);
}

void serve_serials(struct request *r)
{
	api_enter(r, API_BODY_JSON, post);
}

/* --- the page ------------------------------------------------------------------------------ */

static const struct form_field fields[] = {
	{ "gtin", TEXT_console_gtin, .kind = FORM_TEXT, .most = 14, .required = true },
	{ "lot", TEXT_console_lot, TEXT_packing_serials_lot_hint, .kind = FORM_TEXT,
	  .most = GS1_LOT_MAX },
	{ "serials", TEXT_packing_serials_text, TEXT_packing_serials_text_hint, .kind = FORM_LINES,
	  .most = PACKING_TEXT_MOST },
	{ "file", TEXT_packing_codes_file, TEXT_packing_codes_file_hint, .kind = FORM_FILE },
};
static const struct form form = { "/packing/serials", TEXT_packing_serials_take, fields,
				  COUNT_OF(fields), .upload = true };

static const char *const columns[] = { "serial", "serials", "序列号", "code", "编码", NULL };

static void send_page(struct page *p, struct view_console_serials *view,
		      const struct packing_products *products)
{
	struct view_console_form *shown = form_show(p, &form, NULL, NULL);

	packing_offer(shown, products);
	if (view->answered) { /* further serials are mostly of the same product */
		packing_keep(p, shown, "gtin");
		packing_keep(p, shown, "lot");
	}
	view->head = &p->head;
	view->form = (p->call->roles & ROLES_PACK) != 0 ? shown : NULL;
	template_console_serials(&p->writer, view);
	page_send(p, 200);
}

static void show_form(struct api_call *call, struct packing_products *products)
{
	struct view_console_serials view = { .answered = false };
	struct page p;

	page_init(&p, call, call->request, TEXT_packing_serials_title);
	send_page(&p, &view, products);
}

void packing_serials_page(struct api_call *call)
{
	packing_ask_products(call, show_form);
}

void serve_serials_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, packing_serials_page);
}

static struct slice trouble(struct page *p, const struct given *g)
{
	static const enum text texts[] = {
		[FOREIGN_EMPTY] = TEXT_packing_code_empty,
		[FOREIGN_TOO_LONG] = TEXT_packing_serial_too_long,
		[FOREIGN_BAD_CHARACTER] = TEXT_packing_serial_character,
		[FOREIGN_DOTS] = TEXT_packing_serial_dots,
		[FOREIGN_COMPUTED] = TEXT_packing_serial_computed,
	};

	if (!g->is_other_lot)
		return text_in(p->writer.language, texts[g->result]);
	return text_in(p->writer.language, g->other_lot.length == 0 ? TEXT_packing_serial_no_lot
								    : TEXT_packing_serial_lot);
}

/* The number of the bad character, or the lot that it was taken in with. */
static struct slice detail_of(struct page *p, const struct given *g)
{
	if (g->is_other_lot)
		return g->other_lot;
	return g->result == FOREIGN_BAD_CHARACTER ? page_format(p, "%zu", g->character) : S("");
}

static size_t fill_refused(struct page *p, const struct intake *i, struct view_packing_line *to)
{
	size_t count = 0;

	for (size_t n = 0; n < i->count && count < PACKING_LINES_SHOWN; n++) {
		const struct given *g = &i->given[n];

		if (g->result == FOREIGN_OK && !g->is_other_lot)
			continue;
		to[count++] = (struct view_packing_line){
			.number = page_format(p, "%llu", (unsigned long long)g->line),
			.text = utf8_prefix(g->serial, SHOWN_MOST),
			.words = trouble(p, g),
			.state = detail_of(p, g),
			.link = g->is_other_lot ? packing_code_path(p, i->gtin, g->serial) : S(""),
		};
	}
	return count;
}

static size_t fill_taken(struct page *p, const struct intake *i, struct view_packing_line *to)
{
	size_t count = 0;

	for (size_t n = 0; n < i->count && count < PACKING_LINES_SHOWN; n++) {
		const struct given *g = &i->given[n];

		if (g->result == FOREIGN_OK && !g->is_other_lot)
			to[count++] = (struct view_packing_line){
				.number = page_format(p, "%llu", (unsigned long long)g->line),
				.serial = g->serial,
				.link = packing_code_path(p, i->gtin, g->serial),
			};
	}
	return count;
}

static struct slice number_of(struct page *p, uint64_t number)
{
	return page_format(p, "%llu", (unsigned long long)number);
}

static void show_page(struct api_call *call, const struct intake *i)
{
	struct arena *memory = &call->request->arena;
	struct view_packing_line *wrong, *taken_in;
	struct view_console_serials view = { .answered = true };
	struct page p;

	page_init(&p, call, call->request, TEXT_packing_serials_title);
	wrong = arena_array(memory, PACKING_LINES_SHOWN, sizeof(*wrong));
	taken_in = arena_array(memory, PACKING_LINES_SHOWN, sizeof(*taken_in));
	if (wrong == NULL || taken_in == NULL)
		abort(); /* page_init() has kept room for it */
	view.read = number_of(&p, i->count);
	view.added = number_of(&p, i->count - i->known - i->repeated - i->refused);
	view.known = number_of(&p, i->known);
	view.repeated = number_of(&p, i->repeated);
	view.refused = number_of(&p, i->refused);
	view.wrong = wrong;
	view.wrong_count = fill_refused(&p, i, wrong);
	view.lines = taken_in;
	view.lines_count = fill_taken(&p, i, taken_in);
	view.more = i->refused > view.wrong_count || i->count - i->refused > view.lines_count;
	send_page(&p, &view, i->products);
}

/* False: answered. */
static bool read_lines(struct api_call *call, struct intake *i)
{
	struct arena *memory = &call->request->arena;
	struct code_cell *cells = arena_array(memory, SERIALS_MOST, sizeof(*cells));
	const char *member;
	struct slice text;

	if (cells == NULL) {
		api_no_memory(call);
		return false;
	}
	if (!packing_text(call, "serials", &text, &member) || !api_gtin(call, "gtin", &i->gtin) ||
	    !code_texts_take(call, text, member, columns, cells, &i->count))
		return false;
	i->given = arena_array(memory, i->count, sizeof(*i->given));
	for (size_t n = 0; i->given != NULL && n < i->count; n++)
		i->given[n] = (struct given){ .serial = cells[n].text, .line = cells[n].line };
	if (i->given == NULL)
		api_no_memory(call);
	return i->given != NULL;
}

static void read_form(struct api_call *call, struct packing_products *products)
{
	struct intake *i = api_own(call, sizeof(*i));

	if (i == NULL)
		return;
	i->products = products;
	i->lot = form_text(call, "lot");
	if (i->lot.length > 0 && !gs1_lot_ok(i->lot))
		message_refuse(call, 400, "lot", "pack_lot");
	else if (read_lines(call, i))
		ask_keys(call, i);
}

static void post_form(struct api_call *call)
{
	if (form_check(call, &form))
		packing_ask_products(call, read_form);
}

void serve_serials_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_UPLOAD, post_form, packing_serials_page);
}
