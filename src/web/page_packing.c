/* `/packing`: the batches of codes there are, looked through, and the form for a new one. */
#include "model/batch.h"
#include "model/gs1.h"
#include "store/sql.h"
#include "web/console_people.h"
#include "web/console_records.h"
#include "web/packing.h"

void serve_packing(struct request *r);

enum { OPTIONS = 500, QUERY_MOST = 100, COUNTS_ROOM = 512 };

/* What was asked; in the request's arena. */
struct packing {
	struct api_list list; /* first: api_list_show() finds it here */
	struct slice q, state, gtin;
	struct view_console_option *products, *lots;
	size_t product_count, lot_count;
};

/* --- what was asked for --------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum text text;
} states[] = {
	{ "new", TEXT_packing_state_new },
	{ "open", TEXT_packing_state_open },
	{ "closed", TEXT_packing_state_closed },
};

static bool is_state(struct slice name)
{
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (slice_equal(name, slice_of(states[i].name)))
			return true;
	return name.length == 0;
}

/* The filters as pairs of a query, for the address of the next page. */
static struct slice pairs_of(struct arena *memory, const struct packing *asked)
{
	struct query_pair pairs[4] = { { NULL, S("") } };
	size_t count = 0;
	struct slice link;

	if (asked->gtin.length > 0)
		pairs[count++] = (struct query_pair){ "gtin", asked->gtin };
	if (asked->q.length > 0)
		pairs[count++] = (struct query_pair){ "q", asked->q };
	if (asked->state.length > 0)
		pairs[count++] = (struct query_pair){ "state", asked->state };
	pairs[count] = (struct query_pair){ NULL, S("") };
	if (count == 0)
		return S("");
	link = query_link(memory, "", pairs);
	return slice_from(link, 1);
}

/* call->own, made at the first need. NULL: answered. */
static struct packing *packing_of(struct api_call *call)
{
	struct request *r = call->request;
	struct packing *asked = call->own;
	struct api_list *list;

	if (asked != NULL)
		return asked;
	list = api_list_new(call, "batches");
	asked = list == NULL ? NULL : api_own(call, sizeof(*asked));
	if (asked == NULL)
		return NULL;
	asked->list = *list;
	asked->q = slice_trim(request_query(r, "q"));
	asked->state = request_query(r, "state");
	asked->gtin = request_query(r, "gtin");
	asked->list.kept = pairs_of(&r->arena, asked);
	return asked;
}

/* A form of a page sends what was left empty, too; a program leaves it out. */
static bool is_absent(const struct api_call *call, struct slice parameter)
{
	return parameter.data == NULL || (call->face != NULL && parameter.length == 0);
}

/* False: answered. */
static bool fits(struct api_call *call, const struct packing *asked, struct slice cursor)
{
	if (asked->q.length > QUERY_MOST * 4) {
		api_problem(call, 400, MESSAGE_too_long, "q", "100 characters",
			    "q: must be shorter.");
		return false;
	}
	if (!is_state(asked->state)) {
		api_problem(call, 400, MESSAGE_choice, "state", "new, open or closed",
			    "state: must be new, open or closed.");
		return false;
	}
	if (is_absent(call, cursor) || api_is_uuid(cursor))
		return true;
	api_problem(call, 400, MESSAGE_cursor, "cursor", NULL,
		    "cursor: must be one that an answer's \"next\" holds.");
	return false;
}

/* 0: none was asked for. False: answered. */
static bool read_gtin(struct api_call *call, const struct packing *asked, uint64_t *ret_gtin)
{
	*ret_gtin = 0;
	return is_absent(call, asked->gtin) || api_query_gtin(call, "gtin", ret_gtin);
}

void packing_ask(struct api_call *call, const char *cursor,
		 void (*show)(struct api_call *call, const PGresult *rows))
{
	struct packing *asked = packing_of(call);
	struct slice behind = request_query(call->request, cursor);
	struct db_parameters p = { .count = 0 };
	uint64_t gtin;

	if (asked == NULL || !fits(call, asked, behind) || !read_gtin(call, asked, &gtin))
		return;
	db_add_i64(&p, (int64_t)gtin);
	db_add_text_or_null(&p, behind);
	db_add_text(&p, asked->q.data == NULL ? S("") : asked->q);
	db_add_text(&p, asked->state.data == NULL ? S("") : asked->state);
	api_list_add(&asked->list, &p);
	api_ask(call, &sql_api_batches, &p, show);
}

/* --- the form -------------------------------------------------------------------------------- */

static const struct form_field fields[] = {
	{ "gtin", TEXT_console_gtin, .kind = FORM_TEXT, .most = 14, .required = true },
	{ "lot", TEXT_console_lot, .kind = FORM_TEXT, .most = GS1_LOT_MAX },
	{ "quantity", TEXT_console_quantity, .kind = FORM_NUMBER, .least = 1,
	  .most = BATCH_QUANTITY_MOST, .required = true },
	{ "serial_length", TEXT_packing_length, .kind = FORM_NUMBER, .least = SERIAL_LENGTH_LEAST,
	  .most = SERIAL_LENGTH_MOST },
};
static const struct form form = { "/batches", TEXT_console_make, fields, COUNT_OF(fields),
				  .upload = false };

bool packing_form_ok(struct api_call *call)
{
	struct slice lot;
	uint64_t gtin;

	if (!form_check(call, &form))
		return false;
	if (gtin_parse(form_text(call, "gtin"), &gtin) != GTIN_OK) {
		message_refuse(call, 400, "gtin", "pack_no_gtin");
		return false;
	}
	lot = form_text(call, "lot");
	if (lot.length == 0 || gs1_lot_ok(lot))
		return true;
	message_refuse(call, 400, "lot", "pack_lot");
	return false;
}

/* --- the page -------------------------------------------------------------------------------- */

/* "Printed 3 · In use 5". */
static struct slice counts_of(struct page *p, const json_t *counts)
{
	struct slice text, name;
	json_t *value;
	const char *key;
	struct buf b;
	struct writer w = { .out = &b, .language = p->writer.language };

	buf_init(&b, COUNTS_ROOM);
	json_object_foreach((json_t *)counts, key, value)
	{
		name = page_name(p, key);
		buf_add_format(&b, "%s%.*s ", b.length == 0 ? "" : " · ", SLICE_ARG(name));
		print_figure(&w, IN_TEXT, page_member(p, counts, key));
	}
	text = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return text;
}

static struct slice state_words(struct page *p, struct slice state)
{
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (slice_equal(state, slice_of(states[i].name)))
			return text_in(p->writer.language, states[i].text);
	return state;
}

/* What the product is called now, in the reader's language; else what its batch was made under. */
static struct slice name_of(struct page *p, const struct packing *asked, const json_t *batch)
{
	struct slice gtin = page_member(p, batch, "gtin");

	for (size_t i = 0; i < asked->product_count; i++)
		if (slice_equal(asked->products[i].value, gtin) &&
		    asked->products[i].text.length > 0)
			return asked->products[i].text;
	return page_member(p, batch, "product");
}

static void fill_row(struct page *p, const struct packing *asked, const PGresult *rows, int i,
		     struct view_console_row *to)
{
	struct slice text = db_text_in(rows, i, 0);
	json_t *b = json_loadb(text.data, text.length, 0, NULL);
	struct slice state = page_member(p, b, "state");

	*to = (struct view_console_row){
		.id = page_member(p, b, "id"),
		.gtin = page_member(p, b, "gtin"),
		.lot = page_member(p, b, "lot"),
		.quantity = page_member(p, b, "quantity"),
		.product = name_of(p, asked, b),
		.by = page_who(p, page_member(p, b, "made_by")),
		.made = db_text_in(rows, i, 2),
		.state = state_words(p, state),
		.counts = counts_of(p, json_object_get(b, "counts")),
		.is_new = slice_equal(state, S("new")),
		.is_closed = slice_equal(state, S("closed")),
	};
	json_decref(b);
}

static void fill_filter(struct page *p, const struct packing *asked, struct view_console_home *view)
{
	struct view_console_option *list =
	    arena_array(&p->request->arena, COUNT_OF(states), sizeof(*list));

	for (size_t i = 0; list != NULL && i < COUNT_OF(states); i++)
		list[i] = (struct view_console_option){
			.value = slice_of(states[i].name),
			.text = text_in(p->writer.language, states[i].text),
			.selected = slice_equal(asked->state, slice_of(states[i].name)),
		};
	view->states = list;
	view->states_count = list == NULL ? 0 : COUNT_OF(states);
	view->q = asked->q;
	view->gtin = asked->gtin;
	view->filtered = asked->list.kept.length > 0;
	for (size_t i = 0; i < asked->product_count; i++)
		asked->products[i].selected = slice_equal(asked->products[i].value, asked->gtin);
	view->products = asked->products;
	view->products_count = asked->product_count;
	view->lots = asked->lots;
	view->lots_count = asked->lot_count;
}

/* What was typed, where the form was refused, and why. */
static void fill_form(struct page *p, struct view_console_home *view)
{
	const struct api_refusal *refusal = &p->call->refusal;
	const struct {
		const char *name;
		struct slice *value, *error;
	} inputs[] = {
		{ "gtin", &view->form_gtin, &view->error_gtin },
		{ "lot", &view->form_lot, &view->error_lot },
		{ "quantity", &view->form_quantity, &view->error_quantity },
		{ "serial_length", &view->form_length, &view->error_length },
	};

	view->form_gtin = view->gtin;
	if (refusal->status == 0)
		return;
	view->limit = page_member(p, refusal->members, "limit");
	p->retry_after = page_member(p, refusal->members, "retry_after");
	for (size_t i = 0; i < COUNT_OF(inputs); i++) {
		*inputs[i].value = form_text(p->call, inputs[i].name);
		if (slice_equal(refusal->member, slice_of(inputs[i].name)))
			*inputs[i].error = p->head.error;
	}
}

static void add_next(struct page *p, const struct packing *asked, struct slice last,
		     struct view_console_home *view)
{
	struct slice path = p->request->method == METHOD_POST ? S("/packing") : p->request->path;

	view->next =
	    page_format(p, "%.*s?before=%.*s%s%.*s", SLICE_ARG(path), SLICE_ARG(last),
			asked->list.kept.length > 0 ? "&" : "", SLICE_ARG(asked->list.kept));
}

static void show(struct api_call *call, const PGresult *rows)
{
	const struct packing *asked = call->own;
	size_t count = (size_t)PQntuples(rows), most = (size_t)asked->list.limit;
	size_t shown = count > most ? most : count;
	struct view_console_row *batches =
	    arena_array(&call->request->arena, shown + 1, sizeof(*batches));
	struct view_console_home view = { .batches = batches, .batches_count = shown };
	char key[PAGE_KEY_SIZE];
	struct page p;

	if (batches == NULL) {
		api_no_memory(call);
		return;
	}
	page_init(&p, call, call->request, TEXT_packing);
	for (size_t i = 0; i < shown; i++)
		fill_row(&p, asked, rows, (int)i, &batches[i]);
	fill_filter(&p, asked, &view);
	fill_form(&p, &view);
	if (shown < count)
		add_next(&p, asked, db_text_in(rows, (int)shown - 1, 1), &view);
	page_new_key(key);
	view.head = &p.head;
	view.key = slice_of(key);
	view.may = (call->roles & ROLES_PACK) != 0;
	template_console_home(&p.writer, &view);
	page_send(&p, 200);
}

static void ask_batches(struct api_call *call)
{
	packing_ask(call, "before", show);
}

size_t packing_options(struct arena *memory, const PGresult *rows,
		       struct view_console_option **ret_options)
{
	size_t count = (size_t)PQntuples(rows) > OPTIONS ? OPTIONS : (size_t)PQntuples(rows);
	struct view_console_option *options = arena_array(memory, count + 1, sizeof(*options));

	for (size_t i = 0; options != NULL && i < count; i++)
		options[i] = (struct view_console_option){
			.value = arena_copy(memory, db_text_in(rows, (int)i, 0)),
			.text = PQnfields(rows) > 1
				    ? arena_copy(memory, db_text_in(rows, (int)i, 1))
				    : S(""),
		};
	*ret_options = options;
	return options == NULL ? 0 : count;
}

static void got_lots(struct api_call *call, const PGresult *rows)
{
	struct packing *asked = call->own;

	asked->lot_count = packing_options(&call->request->arena, rows, &asked->lots);
	ask_batches(call);
}

/* The product that codes are to be asked for: of a form that was refused, or of the query; 0: none.
 */
static uint64_t product_of(struct api_call *call, const struct packing *asked)
{
	struct slice text = call->refusal.status != 0 ? form_text(call, "gtin") : asked->gtin;
	uint64_t gtin;

	return gtin_parse(text, &gtin) == GTIN_OK ? gtin : 0;
}

static void got_products(struct api_call *call, const PGresult *rows)
{
	struct packing *asked = call->own;
	struct db_parameters p = { .count = 0 };
	uint64_t gtin;

	asked->product_count = packing_options(&call->request->arena, rows, &asked->products);
	gtin = product_of(call, asked);
	if (gtin == 0) {
		ask_batches(call);
		return;
	}
	db_add_i64(&p, (int64_t)gtin);
	api_ask(call, &sql_console_batches_lots, &p, got_lots);
}

void packing_page(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	call->own = NULL; /* of a form that was refused */
	if (packing_of(call) == NULL)
		return;
	db_add_text(&p, page_language(call->request));
	api_ask(call, &sql_console_batches_products, &p, got_products);
}

void serve_packing(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, packing_page);
}
