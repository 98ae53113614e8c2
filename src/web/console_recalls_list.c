/* The page of all recalls and holds, and the rule of two persons. */
#include "store/sql.h"
#include "web/console_recalls.h"

void serve_recalls_page(struct request *r);
void serve_recall_rule_form(struct request *r);

enum { ROWS = 350 };

static struct view_console_recall_row row_of(struct page *p, const json_t *item)
{
	const json_t *counted = json_object_get(item, "counted");
	struct slice started = page_member(p, item, "started_at");

	return (struct view_console_recall_row){
		.id = page_member(p, item, "id"),
		.kind = recall_word(p, item, "kind"),
		.choice = recall_choice(p, item),
		.lots = page_member(p, counted, "lots"),
		.codes = page_member(p, counted, "codes"),
		.since =
		    page_minute(p, started.length > 0 ? started : page_member(p, item, "counted_at")),
	};
}

static size_t fill_groups(struct page *p, const json_t *items,
			  struct view_console_recall_group *groups,
			  struct view_console_recall_row *rows)
{
	static const char *const states[] = { "proposed", "running", "counted", "ended" };
	size_t count = 0, used = 0;

	for (size_t s = 0; s < COUNT_OF(states); s++) {
		struct view_console_recall_group *g = &groups[count];

		*g = (struct view_console_recall_group){ .rows = rows + used };
		for (size_t i = 0; i < json_array_size(items) && used < ROWS; i++) {
			const json_t *item = json_array_get(items, i);

			if (!recall_is(p, item, "state", states[s]))
				continue;
			g->name = recall_word(p, item, "state");
			rows[used++] = row_of(p, item);
			g->rows_count++;
		}
		count += g->rows_count > 0;
	}
	return count;
}

static const struct form_field rule_fields[] = {
	{ "two_persons", TEXT_recalls_rule, .kind = FORM_HIDDEN },
};
static const struct form rule_on = { "/recalls/rule", TEXT_recalls_rule_turn_on, rule_fields, 1,
				     false };
static const struct form rule_off = { "/recalls/rule", TEXT_recalls_rule_turn_off, rule_fields, 1,
				      false };

static void print_all(struct page *p, const json_t *document)
{
	const json_t *rule = json_object_get(document, "rule");
	struct view_console_recall_row *rows = arena_array(&p->request->arena, ROWS, sizeof(*rows));
	struct view_console_recall_group groups[4];
	struct view_console_recalls view = { .head = &p->head, .groups = groups };
	bool two = json_is_true(json_object_get(rule, "two_persons"));
	json_t *wanted = json_pack("{s:s}", "two_persons", two ? "off" : "on");

	view.may = (p->call->roles & ROLES_JUDGE) != 0;
	view.two = two;
	view.rule_by = page_who(p, page_member(p, rule, "proposed_by"));
	if ((p->call->roles & ROLES_TEAM) != 0)
		view.rule = form_show(p, two ? &rule_off : &rule_on, NULL, wanted);
	json_decref(wanted);
	if (rows != NULL)
		view.groups_count =
		    fill_groups(p, json_object_get(document, "items"), groups, rows);
	template_console_recalls(&p->writer, &view);
}

static void show_all(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_recalls, print_all);
}

static void get_all(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_recalls_page, &p, show_all);
}

void serve_recalls_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, get_all);
}

void serve_recall_rule_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, recall_rule_set, get_all);
}
