/*
 * `/v1/batches/{id}/reconciliation` and the page of the same name: how many codes of a batch, or of
 * some of its places, are in which state, lot by lot.
 */
#include "model/batch.h"
#include "store/sql.h"
#include "web/packing_form.h"

void serve_batch_reconciliation(struct request *r);
void serve_reconciliation_page(struct request *r);

/* In the order of a code's life; `open` are the first two together. */
static const char *const states[] = { "provisioned",	"printed", "commissioned", "consumed",
				      "decommissioned", "blocked", "void",	   "destroyed" };

/* --- the page ------------------------------------------------------------------------------ */

/* Which of the states some code is in: the others are left out. */
static unsigned present(const json_t *sums)
{
	unsigned found = 0;

	for (unsigned i = 0; i < COUNT_OF(states); i++)
		if (json_integer_value(json_object_get(sums, states[i])) > 0)
			found |= 1u << i;
	return found;
}

static const struct view_console_count *cells_of(struct page *p, const json_t *sums, unsigned shown,
						 size_t *ret_count)
{
	struct view_console_count *cells =
	    arena_array(&p->request->arena, COUNT_OF(states), sizeof(*cells));

	*ret_count = 0;
	for (unsigned i = 0; cells != NULL && i < COUNT_OF(states); i++)
		if ((shown & 1u << i) != 0)
			cells[(*ret_count)++] =
			    (struct view_console_count){ page_name(p, states[i]),
							 page_member(p, sums, states[i]) };
	return cells;
}

static void fill_row(struct page *p, const json_t *sums, unsigned shown,
		     struct view_packing_sums *to)
{
	to->lot = page_member(p, sums, "lot");
	to->issued = page_member(p, sums, "issued");
	to->open = page_member(p, sums, "open");
	to->cells = cells_of(p, sums, shown, &to->cells_count);
}

static void fill_lots(struct page *p, const json_t *lots, unsigned shown,
		      struct view_console_reconciliation *view)
{
	size_t count = json_array_size(lots);
	struct view_packing_sums *rows = arena_array(&p->request->arena, count + 1, sizeof(*rows));

	for (size_t i = 0; rows != NULL && i < count; i++)
		fill_row(p, json_array_get(lots, i), shown, &rows[i]);
	view->lots = rows;
	view->lots_count = rows == NULL ? 0 : count;
}

static void fill_page(struct page *p, const json_t *document)
{
	struct view_console_reconciliation view = { .head = &p->head };
	struct view_packing_sums whole = { .lot = S("") };
	unsigned shown = present(document);

	view.batch = page_member(p, document, "batch");
	view.from = request_query(p->request, "from");
	view.to = request_query(p->request, "to");
	view.zone = page_member(p, document, "zone");
	fill_row(p, document, shown, &whole);
	view.whole = &whole;
	fill_lots(p, json_object_get(document, "lots"), shown, &view);
	view.closings =
	    packing_closings(p, json_object_get(document, "closed"), &view.closings_count);
	template_console_reconciliation(&p->writer, &view);
}

/* --- asking -------------------------------------------------------------------------------- */

static void show(struct api_call *call, const PGresult *rows)
{
	if (call->face == NULL)
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
	else
		page_show(call, rows, TEXT_packing_reconciliation_title, fill_page);
}

/* A form of a page sends what was left empty, too. */
static bool read_place(struct api_call *call, const char *name, uint64_t *ret_place)
{
	struct slice text = request_query(call->request, name);

	*ret_place = 0;
	if (call->face != NULL && text.length == 0)
		return true;
	return api_query_number(call, name, 1, BATCH_QUANTITY_MOST, 0, ret_place);
}

static void reconcile(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t from, to;
	struct slice id;

	if (!api_uuid(call, 0, &id) || !read_place(call, "from", &from) ||
	    !read_place(call, "to", &to))
		return;
	db_add_text(&p, id);
	db_add_i64(&p, (int64_t)from);
	db_add_i64(&p, (int64_t)to);
	api_ask(call, &sql_api_reconciliation, &p, show);
}

void serve_batch_reconciliation(struct request *r)
{
	api_enter(r, API_BODY_NONE, reconcile);
}

void serve_reconciliation_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, reconcile);
}
