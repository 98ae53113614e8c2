/*
 * `/recalls/{id}/preview` and its twins under /v1: the public page of an item that a recall or hold
 * covers, as customers get it while it runs.
 */
#include "store/sql.h"
#include "web/console_fields.h"
#include "web/console_keys.h"
#include "web/console_recalls.h"
#include "web/router.h"

void serve_recall_preview(struct request *r);

static void keys_came(struct api_call *call, const PGresult *rows)
{
	struct db_parameters p = { .count = 0 };
	int64_t id;

	console_keys_take(rows);
	if (!recall_id(call, &id))
		return;
	db_add_i64(&p, id);
	api_ask(call, &sql_console_recalls_preview, &p, preview_show);
}

/* The serial in it is computed. */
static void preview(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_keys, &p, keys_came);
}

void serve_recall_preview(struct request *r)
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_NONE, preview);
	else
		api_enter_face(r, &page_face, API_BODY_NONE, preview);
}
