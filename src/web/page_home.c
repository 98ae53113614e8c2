/*
 * `/` of the console: an overview for people, signing in for who has not; for packaging lines, and
 * at /packing, asking for a batch and the batches there are.
 */
#include "store/sql.h"
#include "web/console_people.h"

void serve_home(struct request *r);
void serve_packing(struct request *r);

enum { ROWS = 50, PRODUCTS = 500 };

/* In the arena, between the two questions. */
struct products {
	struct view_console_option *options;
	size_t count;
};

static void show_packing(struct api_call *call, const PGresult *rows)
{
	int count = PQntuples(rows), shown = count > ROWS ? ROWS : count;
	struct view_console_row batches[ROWS];
	struct view_console_home view = { .batches = batches, .batches_count = (size_t)shown };
	const struct products *products = call->own;
	char next[80], key[PAGE_KEY_SIZE];
	struct page p;

	page_init(&p, call, call->request, TEXT_console_packaging);
	for (int i = 0; i < shown; i++)
		batches[i] = (struct view_console_row){
			.id = db_text_in(rows, i, 0),
			.gtin = db_text_in(rows, i, 1),
			.lot = db_text_in(rows, i, 2),
			.quantity = db_text_in(rows, i, 3),
			.made = db_text_in(rows, i, 4),
			.product = db_text_in(rows, i, 5),
			.by = db_text_in(rows, i, 6),
		};
	if (shown < count) {
		(void)snprintf(next, sizeof(next), "%.*s?before=%.*s",
			       SLICE_ARG(call->request->path), SLICE_ARG(batches[ROWS - 1].id));
		view.next = slice_of(next);
	}
	view.products = products->options;
	view.products_count = products->count;
	page_new_key(key);
	view.head = &p.head;
	view.key = slice_of(key);
	template_console_home(&p.writer, &view);
	page_send(&p, 200);
}

static void ask_batches(struct api_call *call, const PGresult *rows)
{
	struct products *products = api_own(call, sizeof(*products));
	struct slice before = request_query(call->request, "before");
	struct db_parameters p = { .count = 0 };
	struct arena *memory = &call->request->arena;

	if (products == NULL)
		return;
	products->options = arena_array(memory, PRODUCTS, sizeof(products->options[0]));
	for (int i = 0; products->options != NULL && i < PQntuples(rows) && i < PRODUCTS; i++)
		products->options[products->count++] = (struct view_console_option){
			.value = arena_copy(memory, db_text_in(rows, i, 0)),
			.text = arena_copy(memory, db_text_in(rows, i, 1)),
		};
	db_add_text_or_null(&p, api_is_uuid(before) ? before : S(""));
	api_ask(call, &sql_page_batches, &p, show_packing);
}

static void packing(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_batches_products, &p, ask_batches);
}

static void fill_overview(struct page *p, const json_t *document)
{
	struct view_console_overview view = { .head = &p->head };

	view.today = page_member(p, document, "today");
	view.week = page_member(p, document, "week");
	view.proposals = page_member(p, document, "proposals");
	view.halts = page_member(p, document, "halts");
	view.failed = page_member(p, document, "failed");
	view.no_product = !json_is_true(json_object_get(document, "products"));
	view.no_batch = !json_is_true(json_object_get(document, "batches"));
	/* All but this page itself. */
	view.parts = p->head.parts_count > 0 ? p->head.parts + 1 : NULL;
	view.parts_count = p->head.parts_count > 0 ? p->head.parts_count - 1 : 0;
	template_console_overview(&p->writer, &view);
}

static void show_overview(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_overview, fill_overview);
}

static void home(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	/* A packaging line's start is its work. */
	if ((call->roles & ROLES_READ) == 0)
		packing(call);
	else
		api_ask(call, &sql_console_checks_home, &p, show_overview);
}

/* Who is not signed in, or no longer, is asked to. */
static void refuse(struct api_call *call, int status, const json_t *members, const char *detail)
{
	if (status == 401)
		people_sign_in_page(call);
	else
		page_face.refuse(call, status, members, detail);
}

static const struct api_face face = { .refuse = refuse };

void serve_home(struct request *r)
{
	api_enter_face(r, &face, API_BODY_NONE, home);
}

void serve_packing(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, packing);
}
