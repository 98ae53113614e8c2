/*
 * Links are added, edited, removed, and all of it undone; and a brand says whether a code opens our
 * page or the default link.
 */
#include "model/gs1.h"
#include "store/link_given.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/console_links.h"

void serve_link_add(struct request *r);
void serve_link_add_form(struct request *r);
void serve_link_edit(struct request *r);
void serve_link_edit_form(struct request *r);
void serve_link_remove(struct request *r);
void serve_link_remove_form(struct request *r);
void serve_links_undo(struct request *r);
void serve_links_undo_form(struct request *r);
void serve_links_mode(struct request *r);
void serve_links_mode_form(struct request *r);

/* --- adding and editing ---------------------------------------------------------------------- */

static void changed(struct api_call *call, const PGresult *rows)
{
	struct slice text = db_text_in(rows, 0, 0);
	json_t *document;
	const char *records;
	char path[300];

	if (call->face == NULL) {
		api_answer_json(call, 200, text);
		return;
	}
	document = json_loadb(text.data, text.length, 0, NULL);
	records = json_string_value(json_object_get(document, "records"));
	(void)snprintf(path, sizeof(path), "/links?done=link_saved&undo=%s",
		       records == NULL || strlen(records) > LINKS_UNDO_MOST ? "" : records);
	page_go_to(call, slice_of(path));
	json_decref(document);
}

/* The form as link_given_read() wants it; machines may send flags as such. */
static json_t *link_of(struct api_call *call)
{
	static const char *const texts[] = { "link_type", "title",	"href",
					     "hreflang",  "media_type", "context",
					     "default",	  "valid_from", "valid_until" };
	json_t *link = json_object();

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct slice text = form_text(call, texts[i]);

		if (text.length > 0)
			json_object_set_new(link, texts[i], json_stringn(text.data, text.length));
	}
	json_object_set_new(link, "forward_query",
			    json_boolean(form_checked(call, "forward_query")));
	json_object_set_new(link, "public", json_boolean(form_checked(call, "public")));
	return link;
}

static void send(struct api_call *call, uint64_t instead, const json_t *link)
{
	char *text = json_dumps(link, JSON_COMPACT);
	struct db_parameters p = { .count = 0 };
	struct slice lot = form_text(call, "lot"), serial = form_text(call, "serial");
	uint64_t gtin;

	if (text == NULL) {
		api_no_memory(call);
	} else if (api_gtin(call, "gtin", &gtin)) {
		db_add_i64(&p, (int64_t)gtin);
		db_add_text(&p, lot);
		db_add_text(&p, serial);
		db_add_text(&p, slice_of(text));
		db_add_i64(&p, (int64_t)instead);
		api_ask(call, &sql_console_links_change, &p, changed);
	}
	free(text);
}

/* With a code where people are told in their language; machines have the reason. */
static void refuse_link(struct api_call *call, const struct link_fault *fault)
{
	char words[300], code[40];

	(void)snprintf(words, sizeof(words), "%s: %s.", fault->member, fault->reason);
	(void)snprintf(code, sizeof(code), "link_%s", fault->member);
	api_problem_members(call, 400,
			    json_pack("{s:s,s:s}", "member", fault->member, "code", code), words);
}

static bool check_place(struct api_call *call)
{
	static const char *const reasons[] = {
		"is not a lot, GS1 AI (10)", "is not a serial, GS1 AI (21)",
		"stands without a lot: a serial is one of its GTIN"
	};
	struct link_fault fault = { "lot", "" };
	const char *reason = NULL;

	struct slice lot = form_text(call, "lot"), serial = form_text(call, "serial");

	if (lot.length > 0 && !gs1_lot_ok(lot))
		reason = reasons[0];
	else if (serial.length > 0 && !gs1_serial_ok(serial))
		reason = reasons[1];
	else if (lot.length > 0 && serial.length > 0)
		reason = reasons[2];
	else
		return true;
	if (reason != reasons[0])
		fault.member = "serial";
	(void)snprintf(fault.reason, sizeof(fault.reason), "%s", reason);
	refuse_link(call, &fault);
	return false;
}

static void change(struct api_call *call, uint64_t instead)
{
	struct link_fault fault;
	json_t *given, *row;

	if (!form_check(call, &links_add_form) || !check_place(call))
		return;
	given = link_of(call);
	row = link_given_read(given, &fault);
	if (row == NULL)
		refuse_link(call, &fault);
	else
		send(call, instead, row);
	json_decref(row);
	json_decref(given);
}

static void add(struct api_call *call)
{
	change(call, 0);
}

static void edit(struct api_call *call)
{
	uint64_t id;

	if (links_read_id(call, &id))
		change(call, id);
}

void serve_link_add(struct request *r)
{
	api_enter(r, API_BODY_JSON, add);
}

void serve_link_add_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, add, links_page);
}

void serve_link_edit(struct request *r)
{
	api_enter(r, API_BODY_JSON, edit);
}

void serve_link_edit_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, edit, links_one);
}

/* --- removing and undoing -------------------------------------------------------------------- */

static void take_away(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t id;

	if (!links_read_id(call, &id))
		return;
	db_add_i64(&p, (int64_t)id);
	api_ask(call, &sql_console_links_remove, &p, changed);
}

void serve_link_remove(struct request *r)
{
	api_enter(r, API_BODY_NONE, take_away);
}

void serve_link_remove_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_BUTTON, take_away, links_page);
}

static bool is_records(struct slice text)
{
	bool digit = false;
	size_t length = 0;

	for (size_t i = 0; i < text.length; i++) {
		bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';

		length = is_digit ? length + 1 : 0;
		if ((!is_digit && (text.data[i] != '-' || !digit)) || length > 18)
			return false;
		digit = is_digit;
	}
	return digit && text.length <= LINKS_UNDO_MOST;
}

static void undone(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_go_to(call, S("/links?done=undone"));
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void undo(struct api_call *call)
{
	static const char *const members[] = { "records", NULL };
	struct db_parameters p = { .count = 0 };
	struct slice records = form_text(call, "records");

	if (!api_only(call, members))
		return;
	if (!is_records(records)) {
		message_refuse(call, 404, NULL, "no_such_thing");
		return;
	}
	db_add_text(&p, records);
	api_ask(call, &sql_console_links_undo, &p, undone);
}

void serve_links_undo(struct request *r)
{
	api_enter(r, API_BODY_JSON, undo);
}

void serve_links_undo_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, undo, links_page);
}

/* --- the mode of the brand ------------------------------------------------------------------- */

static void mode_set(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_go_to(call, S("/links?done=saved"));
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void mode(struct api_call *call)
{
	static const char *const members[] = { "mode", NULL };
	struct db_parameters p = { .count = 0 };
	struct slice wanted = form_text(call, "mode");

	if (!api_only(call, members))
		return;
	if (!slice_equal(wanted, S("page")) && !slice_equal(wanted, S("redirect"))) {
		api_problem(call, 400, MESSAGE_choice, "mode", "\"page\" or \"redirect\"",
			    "mode: must be \"page\" or \"redirect\".");
		return;
	}
	db_add_text(&p, wanted);
	api_ask(call, &sql_console_links_mode, &p, mode_set);
}

void serve_links_mode(struct request *r)
{
	api_enter(r, API_BODY_JSON, mode);
}

void serve_links_mode_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, mode, links_page);
}
