/*
 * `/` of the console: an overview for people, the page of packing for packaging lines, signing in
 * for who has not.
 */
#include "store/sql.h"
#include "web/console_people.h"
#include "web/packing.h"

void serve_home(struct request *r);

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
		packing_page(call);
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
