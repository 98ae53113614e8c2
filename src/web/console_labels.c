/* `/v1/labels`: designs of labels, previews of them, and pages to try a printer with. */
#include "web/console_labels_form.h"

#include "base/utf8.h"
#include "label/test_page.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/module.h"
#include "web/pages.h"

void serve_designs(struct request *r);
void serve_design_make(struct request *r);
void serve_design(struct request *r);
void serve_design_put(struct request *r);
void serve_design_end(struct request *r);
void serve_design_preview(struct request *r);
void serve_design_picture(struct request *r);
void serve_design_test_page(struct request *r);
void serve_design_page_picture(struct request *r);
void serve_design_page_test(struct request *r);

enum { SVG_MOST = 4 << 20, FILE_MOST = 8 << 20 };

/* --- keeping --------------------------------------------------------------------------------- */

static void release_kept(struct api_call *call)
{
	struct design_kept *kept = call->own;

	json_decref(kept->document);
}

struct design_kept *design_kept_new(struct api_call *call)
{
	struct design_kept *kept = api_own(call, sizeof(*kept));

	if (kept != NULL)
		call->on_end = release_kept;
	return kept;
}

static void show_kept(struct api_call *call, const PGresult *rows)
{
	const struct design_kept *kept = call->own;
	char location[80];

	(void)snprintf(location, sizeof(location), "/v1/labels/designs/%.*s",
		       SLICE_ARG(db_text_in(rows, 0, 1)));
	if (kept->id.data == NULL)
		api_answer_made(call, 201, slice_of(location), db_text_in(rows, 0, 0));
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void ask_to_keep(struct api_call *call, const struct design_kept *kept)
{
	char *text = json_dumps(kept->document, JSON_COMPACT | JSON_SORT_KEYS);
	struct db_parameters p = { .count = 0 };
	struct slice document = arena_copy(&call->request->arena, slice_of(text));

	free(text);
	if (document.data == NULL) {
		api_no_memory(call);
		return;
	}
	if (document.length > DESIGN_DOCUMENT_MOST) {
		api_problem(call, 400, MESSAGE_too_long, "document", "16384 bytes",
			    "document: must be smaller.");
		return;
	}
	db_add_text_or_null(&p, kept->id);
	db_add_text(&p, kept->name);
	db_add_text(&p, document);
	db_add_i64(&p, (int64_t)kept->version);
	api_ask(call, &sql_console_labels_keep, &p, show_kept);
}

void design_keep(struct api_call *call, struct design_kept *kept)
{
	struct label_refusal refusal;
	struct design_trial t;

	if (!design_trial_make(&t, kept->document, NULL, &refusal))
		design_refuse(call, &refusal);
	else if (design_fits(call, &t))
		ask_to_keep(call, kept);
	design_trial_release(&t);
}

static bool read_kept(struct api_call *call, struct design_kept *kept)
{
	static const char *const members[] = { "name", "document", "version", NULL };

	if (!api_only(call, members) || !api_text(call, "name", DESIGN_NAME_MOST, &kept->name) ||
	    (api_has(call, "version") && !api_number(call, "version", 1, 100000, &kept->version)))
		return false;
	kept->document = json_incref(json_object_get(call->body, "document"));
	if (json_is_object(kept->document) && !utf8_has_control(kept->name, ""))
		return true;
	api_problem(call, 400,
		    json_is_object(kept->document) ? MESSAGE_control : MESSAGE_wrong_shape,
		    json_is_object(kept->document) ? "name" : "document", NULL,
		    json_is_object(kept->document) ? "name: has control characters."
						   : "document: must be an object.");
	return false;
}

static void make(struct api_call *call)
{
	struct design_kept *kept = design_kept_new(call);

	if (kept != NULL && read_kept(call, kept))
		design_keep(call, kept);
}

void serve_design_make(struct request *r)
{
	api_enter(r, API_BODY_JSON, make);
}

static void put(struct api_call *call)
{
	struct design_kept *kept = design_kept_new(call);

	if (kept != NULL && api_uuid(call, 0, &kept->id) && read_kept(call, kept))
		design_keep(call, kept);
}

void serve_design_put(struct request *r)
{
	api_enter(r, API_BODY_JSON, put);
}

/* --- reading --------------------------------------------------------------------------------- */

static void show_json(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void list(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };

	api_ask(call, &sql_console_labels_designs, &p, show_json);
}

void serve_designs(struct request *r)
{
	api_enter(r, API_BODY_NONE, list);
}

static void no_design(struct api_call *call)
{
	message_refuse(call, 404, NULL, "no_such_thing");
}

static void show_design(struct api_call *call, const PGresult *rows)
{
	if (PQntuples(rows) == 0)
		no_design(call);
	else
		show_json(call, rows);
}

/* `drafts`: as the asking person has it now. */
static void ask_design(struct api_call *call, bool drafts,
		       void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (!api_uuid(call, 0, &id))
		return;
	db_add_text(&p, id);
	db_add_text(&p, drafts ? S("true") : S("false"));
	api_ask(call, &sql_console_labels_design, &p, on_rows);
}

static void get(struct api_call *call)
{
	ask_design(call, false, show_design);
}

void serve_design(struct request *r)
{
	api_enter(r, API_BODY_NONE, get);
}

static void ended(struct api_call *call, const PGresult *rows)
{
	struct answer a = { .status = 204 };

	if (PQntuples(rows) == 0)
		no_design(call);
	else if (call->form_key.data != NULL || call->token.data != NULL)
		api_answer_json(call, 200, S("{}"));
	else
		api_answer(call, &a);
}

static void end(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice id;

	if (!api_uuid(call, 0, &id))
		return;
	db_add_text(&p, id);
	api_ask(call, &sql_console_labels_end, &p, ended);
}

void serve_design_end(struct request *r)
{
	api_enter(r, API_BODY_NONE, end);
}

/* --- looking --------------------------------------------------------------------------------- */

static bool draw(struct design_trial *t, struct buf *svg)
{
	t->look.mark = S("SAMPLE \xe6\xa0\xb7\xe5\xbc\xa0");
	return design_svg(&t->look, &t->seen, svg) == LABEL_MADE;
}

static json_t *faults_of(const struct design_trial *t)
{
	json_t *faults = json_array();
	char words[DESIGN_WORDS_SIZE];

	for (unsigned i = 0; i < t->seen.fault_count; i++) {
		const struct design_fault *f = &t->seen.faults[i];

		design_fault_words(&t->setup.order.design, f, words);
		json_array_append_new(faults, json_pack("{s:i,s:f,s:s}", "part", f->part, "mm",
							f->mm, "words", words));
	}
	return faults;
}

static void answer_preview(struct api_call *call, struct design_trial *t)
{
	struct buf svg;
	json_t *json;
	char *text;

	buf_init(&svg, SVG_MOST);
	if (!draw(t, &svg)) {
		buf_release(&svg);
		api_no_memory(call);
		return;
	}
	json = json_pack("{s:s%,s:s%,s:f,s:f,s:s,s:o}", "svg", svg.data, svg.length, "decodes_to",
			 t->url.data, t->url.length, "module_mm", t->setup.printer.module_mm,
			 "symbol_mm", t->seen.side_mm, "advice", design_advice(&t->setup), "faults",
			 faults_of(t));
	buf_release(&svg);
	text = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(6));
	json_decref(json);
	if (text == NULL)
		api_no_memory(call);
	else
		api_answer_json(call, 200, slice_of(text));
	free(text);
}

static void preview(struct api_call *call)
{
	static const char *const members[] = { "document", "sample", NULL };
	struct label_refusal refusal;
	struct design_trial t;

	if (!api_only(call, members))
		return;
	if (design_trial_make(&t, json_object_get(call->body, "document"),
			      json_object_get(call->body, "sample"), &refusal))
		answer_preview(call, &t);
	else
		design_refuse(call, &refusal);
	design_trial_release(&t);
}

void serve_design_preview(struct request *r)
{
	api_enter(r, API_BODY_JSON, preview);
}

static void answer_file(struct api_call *call, const struct buf *bytes, const char *type,
			const char *disposition)
{
	struct answer a = { .status = 200, .content_type = type, .body = buf_slice(bytes) };

	if (disposition != NULL)
		answer_add_header(&a, "content-disposition", slice_of(disposition));
	api_answer(call, &a);
}

/* One of ask_design()'s rows; NULL: answered. Freed by the caller. */
static json_t *read_document(struct api_call *call, const PGresult *rows)
{
	struct slice text;
	json_t *document;

	if (PQntuples(rows) == 0) {
		no_design(call);
		return NULL;
	}
	text = db_text_in(rows, 0, 0);
	document = json_loadb(text.data, text.length, 0, NULL);
	if (document == NULL)
		api_no_memory(call);
	return document;
}

static void draw_picture(struct api_call *call, const PGresult *rows)
{
	json_t *design = read_document(call, rows);
	struct label_refusal refusal;
	struct design_trial t;
	struct buf svg;

	if (design == NULL)
		return;
	buf_init(&svg, SVG_MOST);
	if (!design_trial_make(&t, json_object_get(design, "document"),
			       json_object_get(design, "sample"), &refusal))
		design_refuse(call, &refusal);
	else if (draw(&t, &svg))
		answer_file(call, &svg, "image/svg+xml", NULL);
	else
		api_no_memory(call);
	design_trial_release(&t);
	buf_release(&svg);
	json_decref(design);
}

/* A page of ours shows what was tried, a machine sees what is kept. */
static void picture(struct api_call *call)
{
	ask_design(call, call->face != NULL, draw_picture);
}

void serve_design_picture(struct request *r)
{
	api_enter(r, API_BODY_NONE, picture);
}

/* `format` in the query is instead of the design's. */
static bool set_format(struct api_call *call, json_t *document)
{
	struct slice format = request_query(call->request, "format");

	if (format.data == NULL)
		return true;
	if (!slice_equal(format, S("pdf")) && !slice_equal(format, S("zpl"))) {
		api_problem(call, 400, MESSAGE_choice, "format", "pdf or zpl",
			    "format: is pdf or zpl.");
		return false;
	}
	(void)json_object_set_new(document, "format", json_stringn(format.data, format.length));
	if (slice_equal(format, S("pdf"))) {
		(void)json_object_del(document, "compact");
		(void)json_object_del(document, "speed");
	}
	/* without its sheet a design has the usual one of the other format */
	return true;
}

static void write_test_page(struct api_call *call, const PGresult *rows)
{
	json_t *design = read_document(call, rows), *document;
	struct label_refusal refusal;
	struct design_trial t;
	struct buf out;
	bool zpl;

	if (design == NULL)
		return;
	document = json_object_get(design, "document");
	buf_init(&out, FILE_MOST);
	buf_init(&t.url, 1);
	if (!set_format(call, document))
		goto out;
	if (!design_trial_make(&t, document, NULL, &refusal)) {
		design_refuse(call, &refusal);
		goto out;
	}
	zpl = t.setup.order.format == LABEL_ZPL;
	if (test_page_write(&t.setup, &out) == LABEL_MADE)
		answer_file(call, &out, zpl ? "application/vnd.zebra-zpl" : "application/pdf",
			    zpl ? "attachment; filename=\"test-page.zpl\""
				: "attachment; filename=\"test-page.pdf\"");
	else
		api_no_memory(call);
out:
	design_trial_release(&t);
	buf_release(&out);
	json_decref(design);
}

static void test_page(struct api_call *call)
{
	ask_design(call, call->face != NULL, write_test_page);
}

void serve_design_test_page(struct request *r)
{
	api_enter(r, API_BODY_NONE, test_page);
}

/* The same for the pages, which have a session and no token. */
void serve_design_page_picture(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, picture);
}

void serve_design_page_test(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, test_page);
}
