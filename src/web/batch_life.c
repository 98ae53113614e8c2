/* `/v1/batches/{id}`: closing a batch, and giving codes their lot after printing. */
#include "model/batch.h"
#include "store/sql.h"
#include "web/api.h"

void serve_batch_close(struct request *r);
void serve_batch_lot(struct request *r);

static void show_json(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

/* A body may be left out where nothing must be said. */
static void enter(struct request *r, void (*handle)(struct api_call *call))
{
	api_enter(r, r->body.length == 0 ? API_BODY_NONE : API_BODY_JSON, handle);
}

/* Absent: 0. */
static bool read_place(struct api_call *call, const char *member, uint64_t *ret_place)
{
	*ret_place = 0;
	return call->body == NULL || !api_has(call, member) ||
	       api_number(call, member, 1, BATCH_QUANTITY_MOST, ret_place);
}

/* The batch of the address and the places in the body. */
static bool add_places(struct api_call *call, const char *const *members, struct db_parameters *p)
{
	uint64_t from, to;
	struct slice id;

	if (!api_uuid(call, 0, &id) || (call->body != NULL && !api_only(call, members)) ||
	    !read_place(call, "from", &from) || !read_place(call, "to", &to))
		return false;
	db_add_text(p, id);
	db_add_i64(p, (int64_t)from);
	db_add_i64(p, (int64_t)to);
	return true;
}

/* --- close --------------------------------------------------------------------------------- */

static void close_batch(struct api_call *call)
{
	static const char *const members[] = { "from", "to", NULL };
	struct db_parameters p = { .count = 0 };

	if (add_places(call, members, &p))
		api_ask(call, &sql_api_batch_close, &p, show_json);
}

void serve_batch_close(struct request *r)
{
	enter(r, close_batch);
}

/* --- lot ----------------------------------------------------------------------------------- */

static void give_lot(struct api_call *call)
{
	static const char *const members[] = { "lot", "from", "to", NULL };
	struct db_parameters p = { .count = 0 };
	struct slice lot;

	if (!add_places(call, members, &p) || !api_lot(call, "lot", &lot))
		return;
	if (lot.length == 0) {
		api_problem(call, 400, MESSAGE_required, "lot", "1 to 20 characters",
			    "lot: must be given.");
		return;
	}
	db_add_text(&p, lot);
	api_ask(call, &sql_api_batch_lot, &p, show_json);
}

void serve_batch_lot(struct request *r)
{
	api_enter(r, API_BODY_JSON, give_lot);
}
