/* The log of changes: who did what and when, with before and after, and its files (store/audit.h).
 */
#include "page/chart_csv.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_audit_words.h"
#include "web/console_checks.h"
#include "web/router.h"

void serve_audit(struct request *r);
void serve_audit_page(struct request *r);
void serve_audit_ndjson(struct request *r);
void serve_audit_csv(struct request *r);

enum {
	FILE_MOST = 12 << 20,
	FILE_LINES = 2000,
	LINK_MOST = 2048,
	ENTRIES_MOST = 50,
	LATE_S = 60,
};

/* --- asking --- */

/* Texts that can stand in a query; false: refused and answered. */
static bool add_text(struct api_call *call, const char *name, struct db_parameters *p)
{
	struct slice text = request_query(call->request, name);

	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char)text.data[i] < 0x20 || text.length > 200) {
			message_refuse(call, 400, name, text.length > 200 ? "too_long" : "control");
			return false;
		}
	db_add_text(p, text.length > 0 ? text : S(""));
	return true;
}

static bool add_filter(struct api_call *call, const char *cursor, struct db_parameters *p)
{
	uint64_t number;

	if (!add_text(call, "who", p) || !add_text(call, "action", p) ||
	    !add_text(call, "object", p) || !console_day(call, "from", p) ||
	    !console_day(call, "to", p) ||
	    !api_query_number(call, cursor, 0, INT64_MAX, 0, &number))
		return false;
	db_add_i64(p, (int64_t)number);
	return true;
}

static void ask(struct api_call *call, void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };

	if (add_filter(call, "before", &p))
		api_ask(call, &sql_console_audit_show, &p, on_rows);
}

/* --- the page --- */

static void add_entries(struct page *p, const json_t *document, struct view_console_audit *view)
{
	const json_t *entries = json_object_get(document, "entries");
	size_t count = json_array_size(entries);
	struct view_console_audit_entry *to =
	    arena_array(&p->request->arena, ENTRIES_MOST, sizeof(*to));

	for (size_t i = 0; to != NULL && i < count && i < ENTRIES_MOST; i++) {
		to[i] = audit_entry_words(p, json_array_get(entries, i));
		view->entries_count++;
	}
	view->entries = to;
}

/* The same filter at another address. */
static struct slice link_to(struct page *p, const char *path, const json_t *document,
			    struct slice before)
{
	static const char *const names[] = { "who", "action", "object", "from", "to" };
	struct writer w = { .language = p->writer.language };
	struct slice kept;
	struct buf b;

	buf_init(&b, 4 * LINK_MOST);
	w.out = &b;
	buf_add_format(&b, "%s?before=%.*s", path, SLICE_ARG(before));
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		buf_add_format(&b, "&%s=", names[i]);
		print(&w, IN_URL_PART, page_member(p, document, names[i]));
	}
	kept = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return kept;
}

static void add_chain(struct page *p, const json_t *document, struct view_console_audit *view)
{
	const json_t *chain = json_object_get(document, "chain");

	view->sealed = json_is_object(chain);
	view->number = page_member(p, chain, "number");
	view->hash = page_member(p, chain, "head");
	view->sealed_at = page_when(p, page_member(p, chain, "sealed_at"));
	view->unsealed = page_member(p, document, "unsealed");
	view->seconds = page_member(p, document, "oldest_seconds");
	view->late = json_integer_value(json_object_get(document, "oldest_seconds")) > LATE_S;
}

static struct slice chosen(struct page *p, const json_t *document, const char *name)
{
	return document != NULL ? page_member(p, document, name) : request_query(p->request, name);
}

static void print_audit(struct page *p, const json_t *document)
{
	struct view_console_audit view = { .head = &p->head, .shown = document != NULL };
	struct slice next = page_member(p, document, "next");

	view.who = chosen(p, document, "who");
	view.from = chosen(p, document, "from");
	view.to = chosen(p, document, "to");
	audit_add_actions(p, &view, chosen(p, document, "action"));
	audit_add_objects(p, &view, chosen(p, document, "object"));
	if (document != NULL) {
		add_entries(p, document, &view);
		add_chain(p, document, &view);
		view.time_zone = page_member(p, document, "time_zone");
		if (next.length > 0)
			view.next = link_to(p, "/audit", document, next);
		view.ndjson = link_to(p, "/audit.ndjson", document, S(""));
		view.csv = link_to(p, "/audit.csv", document, S(""));
	}
	template_console_audit(&p->writer, &view);
}

static void show_page(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_audit, print_audit);
}

static void get_page(struct api_call *call)
{
	ask(call, show_page);
}

static void show_refused(struct api_call *call)
{
	struct page p;

	page_init(&p, call, call->request, TEXT_audit);
	print_audit(&p, NULL);
	page_send(&p, 400);
}

void serve_audit_page(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_NONE, get_page, show_refused);
}

/* --- the API --- */

static void answer_document(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void get(struct api_call *call)
{
	ask(call, answer_document);
}

void serve_audit(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

/* --- files --- */

/* RFC 8288: where the lines behind these are. */
static void add_next(struct api_call *call, struct answer *a, const PGresult *rows)
{
	int count = PQntuples(rows);
	char link[64];

	if (count < FILE_LINES)
		return;
	(void)snprintf(link, sizeof(link), "<?behind=%lld>; rel=\"next\"",
		       (long long)db_i64_in(rows, count - 1, 0));
	answer_add_header(a, "link", arena_copy(&call->request->arena, slice_of(link)));
}

static void answer_file(struct api_call *call, const PGresult *rows, struct buf *file,
			const char *type, const char *name)
{
	struct answer a = { .status = 200, .content_type = type };
	char disposition[64];

	(void)snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", name);
	answer_add_header(&a, "content-disposition", slice_of(disposition));
	add_next(call, &a, rows);
	a.body = buf_slice(file);
	if (buf_ok(file))
		api_answer(call, &a);
	else
		api_no_memory(call);
	buf_release(file);
}

static void show_ndjson(struct api_call *call, const PGresult *rows)
{
	struct buf file;

	buf_init(&file, FILE_MOST);
	for (int i = 0; i < PQntuples(rows); i++) {
		buf_add_slice(&file, db_text_in(rows, i, 1));
		buf_add_char(&file, '\n');
	}
	answer_file(call, rows, &file, "application/x-ndjson", "audit.ndjson");
}

static void add_line(struct buf *file, struct slice line)
{
	static const char *const names[] = { "number", "at",  "who",	 "action",
					     "object", "via", "details", "hash" };
	json_t *entry = json_loadb(line.data, line.length, 0, NULL);
	bool first = true;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const json_t *value = json_object_get(entry, names[i]);
		char number[24];

		(void)snprintf(number, sizeof(number), "%lld",
			       (long long)json_integer_value(value));
		chart_csv_next(file, &first,
			       json_is_string(value) ? (struct slice){ json_string_value(value),
								       json_string_length(value) }
						     : slice_of(number));
	}
	chart_csv_end(file);
	json_decref(entry);
}

static void show_csv(struct api_call *call, const PGresult *rows)
{
	struct buf file;

	buf_init(&file, FILE_MOST);
	buf_add_string(&file, "number,at,who,action,object,via,details,hash\r\n");
	for (int i = 0; i < PQntuples(rows); i++)
		add_line(&file, db_text_in(rows, i, 1));
	answer_file(call, rows, &file, "text/csv; charset=utf-8", "audit.csv");
}

static void ask_file(struct api_call *call,
		     void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };

	if (!add_filter(call, "behind", &p))
		return;
	db_add_i64(&p, FILE_LINES);
	api_ask(call, &sql_console_audit_export, &p, on_rows);
}

static void get_ndjson(struct api_call *call)
{
	ask_file(call, show_ndjson);
}

static void get_csv(struct api_call *call)
{
	ask_file(call, show_csv);
}

static void enter(struct request *r, void (*handle)(struct api_call *call))
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_NONE, handle);
	else
		api_enter_face(r, &page_face, API_BODY_NONE, handle);
}

void serve_audit_ndjson(struct request *r)
{
	enter(r, get_ndjson);
}

void serve_audit_csv(struct request *r)
{
	enter(r, get_csv);
}
