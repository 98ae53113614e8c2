/*
 * A new record by hand: `/records/new/{kind}` and its twin `POST /v1/records/{kind}`. What a record
 * may say is said by the rules of an import (trace.record_add); the form offers what there is to be
 * named (trace.record_offer) and takes from its address what is known already: ?gtin=…&lot=….
 */
#include "model/gs1.h"
#include "store/sql.h"
#include "web/console_records.h"
#include "web/console_records_sheet.h"
#include "web/form.h"

void serve_record_new(struct request *r);
void serve_record_new_page(struct request *r);
void serve_record_new_form(struct request *r);

enum { KNOWN_MOST = 400 };

/* False: answered. */
static bool read_kind(struct api_call *call, struct slice *ret_kind)
{
	*ret_kind = call->request->captures[0];
	if (record_kind_known(*ret_kind))
		return true;
	message_refuse(call, 404, NULL, "no_such_kind");
	return false;
}

/* --- recording ----------------------------------------------------------------------------- */

static void made(struct api_call *call, const PGresult *rows)
{
	struct slice kind = call->request->captures[0];
	long long id = (long long)db_i64_in(rows, 0, 1);
	char path[128];

	if (call->again == NULL) {
		(void)snprintf(path, sizeof(path), "/v1/records/%.*s/%lld", SLICE_ARG(kind), id);
		api_answer_made(call, 201, slice_of(path), db_text_in(rows, 0, 0));
		return;
	}
	(void)snprintf(path, sizeof(path), "/records/%.*s/%lld?done=record_added", SLICE_ARG(kind),
		       id);
	page_go_to(call, slice_of(path));
}

static void record(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice kind;
	json_t *says;

	if (!read_kind(call, &kind))
		return;
	says = record_sheet_read(call, kind, true);
	if (says == NULL)
		return;
	db_add_text(&p, kind);
	if (record_says_add(call, says, &p))
		api_ask(call, &sql_console_records_add, &p, made);
}

void serve_record_new(struct request *r)
{
	api_enter(r, API_BODY_JSON, record);
}

/* --- the form ------------------------------------------------------------------------------ */

/* What is known: of a refused form, what was sent; else what the address says. */
static struct slice known(struct api_call *call, const char *name)
{
	struct slice text = call->refusal.status != 0
				? form_text(call, name)
				: slice_trim(request_query(call->request, name));

	return text.length > KNOWN_MOST ? S("") : text;
}

/* What the address says goes before what was said last. */
static json_t *says_of(struct page *p, struct slice kind, const json_t *offer)
{
	json_t *says = json_deep_copy(json_object_get(offer, "says"));
	unsigned count;
	const struct import_field *fields = import_fields(kind, &count);

	for (unsigned i = 0; i < count; i++) {
		struct slice text = known(p->call, fields[i].name);

		if (text.length > 0 && fields[i].kind != KIND_WORDS &&
		    fields[i].kind != KIND_PARAMETERS)
			json_object_set_new(says, fields[i].name,
					    json_stringn(text.data, text.length));
	}
	return says;
}

static struct slice back_of(struct page *p, struct slice kind)
{
	struct slice gtin = known(p->call, "gtin");
	uint64_t number;
	char text[GTIN_TEXT_SIZE];

	if (gtin_parse(gtin, &number) == GTIN_OK) {
		gtin_format(number, text);
		if (!slice_equal(kind, S("product")))
			return page_format(p, "/products/%s", text);
	}
	if (slice_equal(kind, S("product")))
		return S("/products");
	return page_format(p, "/records?kind=%.*s", SLICE_ARG(kind));
}

static void print_form(struct page *p, const json_t *offer)
{
	struct slice kind = p->call->request->captures[0];
	struct view_console_record_form view = { .head = &p->head };
	json_t *says = says_of(p, kind, offer);

	p->head.title = page_format(p, "%.*s%.*s%.*s", SLICE_ARG(p->head.title),
				    SLICE_ARG(text_in(p->writer.language, TEXT_colon)),
				    SLICE_ARG(record_one_words(p, kind)));
	view.key = page_member(p, offer, "product");
	view.back = back_of(p, kind);
	view.about = record_kind_about(p, kind);
	record_sheet_show(p,
			  &(const struct record_sheet){
			      .kind = kind,
			      .is_new = true,
			      .says = says,
			      .offers = json_object_get(offer, "offers"),
			      .time_zone = page_member(p, offer, "time_zone"),
			      .submit = TEXT_records_new_now,
			      .action = page_format(p, "/records/new/%.*s", SLICE_ARG(kind)),
			  },
			  &view);
	template_console_record_form(&p->writer, &view);
	json_decref(says);
}

static void show_form(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_records_new, print_form);
}

static void form(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	struct slice kind, lot = known(call, "lot");
	uint64_t gtin = 0;

	if (!read_kind(call, &kind))
		return;
	(void)(gtin_parse(known(call, "gtin"), &gtin) == GTIN_OK);
	db_add_text(&p, kind);
	db_add_i64(&p, (int64_t)gtin);
	db_add_text(&p, lot);
	db_add_text(&p, page_language(call->request));
	api_ask(call, &sql_console_records_offer, &p, show_form);
}

void serve_record_new_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, form);
}

void serve_record_new_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, record, form);
}
