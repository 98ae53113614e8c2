/*
 * `/links`: where the GS1 resolver sends those who ask for a GTIN, a lot or an item: list, add,
 * edit, remove, undo, and whether a code opens our page or the default link. Machines that give
 * many links at once ask links_api.c.
 */
#include "base/buf.h"
#include "model/digital_link.h"
#include "model/gs1.h"
#include "model/link_type.h"
#include "store/link_given.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/form.h"

void serve_links_page(struct request *r);
void serve_link_page(struct request *r);
void serve_link(struct request *r);
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

enum { ROWS = 50, LINK_TYPES = 64, UNDO_MOST = 200 };

static const struct {
	const char *name;
	enum text text;
} types[] = {
	{ "activityIdeas", TEXT_link_activity_ideas },
	{ "allergenInfo", TEXT_link_allergen_info },
	{ "appDownload", TEXT_link_app_download },
	{ "backgroundInfo", TEXT_link_background_info },
	{ "brandHomepageClinical", TEXT_link_brand_homepage_clinical },
	{ "brandHomepagePatient", TEXT_link_brand_homepage_patient },
	{ "careersInfo", TEXT_link_careers_info },
	{ "certificationInfo", TEXT_link_certification_info },
	{ "consumerHandlingStorageInfo", TEXT_link_consumer_handling_storage_info },
	{ "defaultLink", TEXT_link_default_link },
	{ "defaultLinkMulti", TEXT_link_default_link_multi },
	{ "dpp", TEXT_link_dpp },
	{ "eifu", TEXT_link_eifu },
	{ "epcis", TEXT_link_epcis },
	{ "epil", TEXT_link_epil },
	{ "eventsInfo", TEXT_link_events_info },
	{ "faqs", TEXT_link_faqs },
	{ "handledBy", TEXT_link_handled_by },
	{ "hasRetailers", TEXT_link_has_retailers },
	{ "homepage", TEXT_link_homepage },
	{ "ingredientsInfo", TEXT_link_ingredients_info },
	{ "instructions", TEXT_link_instructions },
	{ "jws", TEXT_link_jws },
	{ "leaveReview", TEXT_link_leave_review },
	{ "locationInfo", TEXT_link_location_info },
	{ "logisticsInfo", TEXT_link_logistics_info },
	{ "loyaltyProgram", TEXT_link_loyalty_program },
	{ "masterData", TEXT_link_master_data },
	{ "menuInfo", TEXT_link_menu_info },
	{ "nutritionalInfo", TEXT_link_nutritional_info },
	{ "openingHoursInfo", TEXT_link_opening_hours_info },
	{ "paymentLink", TEXT_link_payment_link },
	{ "pip", TEXT_link_pip },
	{ "productSustainabilityInfo", TEXT_link_product_sustainability_info },
	{ "promotion", TEXT_link_promotion },
	{ "purchaseSuppliesOrAccessories", TEXT_link_purchase_supplies_or_accessories },
	{ "quickStartGuide", TEXT_link_quick_start_guide },
	{ "recallStatus", TEXT_link_recall_status },
	{ "recipeInfo", TEXT_link_recipe_info },
	{ "registerProduct", TEXT_link_register_product },
	{ "registryEntry", TEXT_link_registry_entry },
	{ "relatedImage", TEXT_link_related_image },
	{ "relatedVideo", TEXT_link_related_video },
	{ "reportFound", TEXT_link_report_found },
	{ "review", TEXT_link_review },
	{ "safetyInfo", TEXT_link_safety_info },
	{ "scheduleTime", TEXT_link_schedule_time },
	{ "serviceInfo", TEXT_link_service_info },
	{ "smartLabel", TEXT_link_smart_label },
	{ "smpc", TEXT_link_smpc },
	{ "socialMedia", TEXT_link_social_media },
	{ "statisticInfo", TEXT_link_statistic_info },
	{ "subscribe", TEXT_link_subscribe },
	{ "support", TEXT_link_support },
	{ "sustainabilityInfo", TEXT_link_sustainability_info },
	{ "traceability", TEXT_link_traceability },
	{ "tutorial", TEXT_link_tutorial },
	{ "userAgreement", TEXT_link_user_agreement },
	{ "verificationService", TEXT_link_verification_service },
	{ "whatsInTheBox", TEXT_link_whats_in_the_box },
};

/* Each of GS1's has a name here. */
enum {
#define LINK_TYPE(name, label) TYPE_##name,
#include "model/link_type.def"
#undef LINK_TYPE
	TYPE_COUNT
};
_Static_assert(COUNT_OF(types) == (size_t)TYPE_COUNT && COUNT_OF(types) <= LINK_TYPES,
	       "a type has no name");

static const struct form_choice defaults[] = {
	{ "no", TEXT_links_default_no },
	{ "one", TEXT_links_default_one },
	{ "multi", TEXT_links_default_multi },
};

#define ABOUT_FIELDS                                                                               \
	{ "link_type", TEXT_links_type, .hint = TEXT_links_type_hint, .kind = FORM_SELECT,         \
	  .required = true },                                                                      \
	    { "title", TEXT_links_title, .kind = FORM_TEXT, .most = 200, .required = true },       \
	    { "href",	    TEXT_links_href,  .hint = TEXT_links_href_hint, .kind = FORM_TEXT,     \
	      .most = 2000, .required = true, .autocomplete = "url" },                             \
	    { "hreflang", TEXT_links_language, .hint = TEXT_links_language_hint,                   \
	      .kind = FORM_TEXT },                                                                 \
	    { "media_type", TEXT_links_media, .hint = TEXT_links_media_hint, .kind = FORM_TEXT,    \
	      .most = 100 },                                                                       \
	    { "context", TEXT_links_context, .hint = TEXT_links_context_hint, .kind = FORM_TEXT }, \
	    { "default", TEXT_links_default, .kind = FORM_SELECT, .choices = defaults,             \
	      .choice_count = COUNT_OF(defaults) },                                                \
	    { "valid_from", TEXT_links_from, .hint = TEXT_links_day_hint, .kind = FORM_DATE },     \
	    { "valid_until", TEXT_links_until, .hint = TEXT_links_day_hint, .kind = FORM_DATE },   \
	    { "forward_query", TEXT_links_forward, .kind = FORM_CHECK },                           \
	{                                                                                          \
		"public", TEXT_links_public, .kind = FORM_CHECK                                    \
	}

static const struct form_field add_fields[] = {
	{ "gtin", TEXT_console_gtin, .hint = TEXT_form_gtin_hint, .kind = FORM_TEXT, .most = 14,
	  .required = true },
	{ "lot", TEXT_console_lot, .hint = TEXT_links_lot_hint, .kind = FORM_TEXT, .most = 20 },
	{ "serial", TEXT_links_serial, .hint = TEXT_links_serial_hint, .kind = FORM_TEXT,
	  .most = 20 },
	ABOUT_FIELDS,
};
static const struct form add_form = { "/links", TEXT_links_add, add_fields, COUNT_OF(add_fields),
				      .upload = false };
static const struct form edit_form = { "/links", TEXT_links_save, add_fields, COUNT_OF(add_fields),
				       .upload = false };

/* --- words ----------------------------------------------------------------------------------- */

/* "Instructions" for people; the URL of another vocabulary's type. */
static struct slice type_text(const struct page *p, struct slice type)
{
	struct slice name = link_type_name(type);

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (slice_equal(name, slice_of(types[i].name)))
			return text_in(p->writer.language, types[i].text);
	return type;
}

static void add_types(struct page *p, struct view_console_form *f, bool any)
{
	struct arena *memory = &p->request->arena;
	struct view_console_input *input = form_input(f, "link_type");
	struct view_console_option *options = arena_array(memory, LINK_TYPES + 2, sizeof(*options));
	/* What was sent and cannot be one is not offered again. */
	bool found =
	    input == NULL || input->value.length == 0 || input->value.length > LINK_TYPE_MOST;
	size_t count = 0;
	char value[80];

	if (input == NULL || options == NULL)
		return;
	if (any)
		options[count++] = (struct view_console_option){
			.value = S(""), .text = text_in(p->writer.language, TEXT_links_any)
		};
	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (strncmp(types[i].name, "defaultLink", 11) == 0)
			continue;
		(void)snprintf(value, sizeof(value), "gs1:%s", types[i].name);
		options[count++] = (struct view_console_option){
			.value = arena_copy(memory, slice_of(value)),
			.text = text_in(p->writer.language, types[i].text),
		};
		found |= slice_equal(options[count - 1].value, input->value);
	}
	if (!found)
		options[count++] =
		    (struct view_console_option){ .value = input->value, .text = input->value };
	form_options(input, options, count);
}

/* --- the list -------------------------------------------------------------------------------- */

static const struct form_field filter_fields[] = {
	{ "gtin", TEXT_console_gtin, .kind = FORM_TEXT, .most = 14 },
	{ "lot", TEXT_console_lot, .kind = FORM_TEXT, .most = 20 },
	{ "serial", TEXT_links_serial, .kind = FORM_TEXT, .most = 20 },
	{ "link_type", TEXT_links_type, .kind = FORM_SELECT },
	{ "hreflang", TEXT_links_language, .kind = FORM_TEXT, .most = 35 },
};
static const struct form filter_form = { "/links", TEXT_links_filter, filter_fields,
					 COUNT_OF(filter_fields), .upload = false };

static void ask_page(struct api_call *call,
		     void (*on_rows)(struct api_call *call, const PGresult *rows))
{
	struct db_parameters p = { .count = 0 };
	struct slice wanted = request_query(call->request, "link_type");
	struct link_type_text type = { "" };
	uint64_t gtin = 0, before;

	if ((request_query(call->request, "gtin").length > 0 &&
	     !api_query_gtin(call, "gtin", &gtin)) ||
	    !api_query_number(call, "before", 0, INT64_MAX, 0, &before))
		return;
	if (wanted.length > 0 && link_type_read(wanted, &type) != LINK_TYPE_OK) {
		api_problem(call, 400, MESSAGE_link_link_type, "link_type", NULL,
			    "link_type: is no link type.");
		return;
	}
	db_add_i64(&p, (int64_t)gtin);
	db_add_text(&p, request_query(call->request, "lot").data == NULL
			    ? S("")
			    : request_query(call->request, "lot"));
	db_add_text(&p, request_query(call->request, "serial").data == NULL
			    ? S("")
			    : request_query(call->request, "serial"));
	db_add_text(&p, slice_of(type.text));
	db_add_text(&p, request_query(call->request, "hreflang").data == NULL
			    ? S("")
			    : request_query(call->request, "hreflang"));
	db_add_i64(&p, (int64_t)before);
	db_add_text(&p, call->face == NULL ? S("") : page_language(call->request));
	api_ask(call, &sql_console_links_page, &p, on_rows);
}

static void fill_link(struct page *p, const json_t *link, struct view_console_link *v)
{
	*v = (struct view_console_link){
		.id = page_member(p, link, "id"),
		.gtin = page_member(p, link, "gtin"),
		.lot = page_member(p, link, "lot"),
		.serial = page_member(p, link, "serial"),
		.type = type_text(p, page_member(p, link, "link_type")),
		.href = page_member(p, link, "href"),
		.title = page_member(p, link, "title"),
		.language = page_member(p, link, "hreflang"),
		.media = page_member(p, link, "media_type"),
		.from = page_member(p, link, "valid_from"),
		.until = page_member(p, link, "valid_until"),
		.is_default = slice_equal(page_member(p, link, "default"), S("one")),
		.is_multi = slice_equal(page_member(p, link, "default"), S("multi")),
		.is_private = json_is_false(json_object_get(link, "public")),
		.is_over = json_is_true(json_object_get(link, "over")),
		.is_to_come = json_is_true(json_object_get(link, "to_come")),
	};
}

/* "12-13" and nothing else: it goes into a form. */
static struct slice undo_of(struct page *p)
{
	struct slice records = request_query(p->request, "undo");

	for (size_t i = 0; i < records.length; i++)
		if (strchr("0123456789-", records.data[i]) == NULL || records.data[i] == '\0')
			return S("");
	return records.length > UNDO_MOST ? S("") : records;
}

/* The filter's texts as they came, in the query. */
static json_t *filter_values(const struct page *p)
{
	json_t *values = json_object();

	for (size_t i = 0; i < COUNT_OF(filter_fields); i++) {
		struct slice text = request_query(p->request, filter_fields[i].name);

		if (text.length > 0)
			json_object_set_new(values, filter_fields[i].name,
					    json_stringn(text.data, text.length));
	}
	return values;
}

static struct slice next_of(struct page *p, const json_t *document)
{
	struct slice next = page_member(p, document, "next"), link;
	struct buf b;

	if (next.length == 0)
		return next;
	buf_init(&b, 4096);
	buf_add_format(&b, "/links?before=%.*s", SLICE_ARG(next));
	for (size_t i = 0; i < COUNT_OF(filter_fields); i++) {
		struct slice text = request_query(p->request, filter_fields[i].name);

		if (text.length == 0)
			continue;
		buf_add_format(&b, "&%s=", filter_fields[i].name);
		digital_link_add_escaped(&b, text);
	}
	link = arena_copy(&p->request->arena, buf_slice(&b));
	buf_release(&b);
	return link;
}

/* As a new link is, where nothing is said: public, with the query handed on. */
static struct view_console_form *new_form(struct page *p, json_t *values, const json_t *offered)
{
	struct view_console_form *f;

	json_object_del(values, "link_type");
	json_object_set_new(values, "forward_query", json_true());
	json_object_set_new(values, "public", json_true());
	f = form_show(p, &add_form, NULL, values);
	add_types(p, f, false);
	form_offer_products(p, f, offered);
	return f;
}

static struct view_console_form *show_filter(struct page *p, const json_t *values)
{
	const struct api_refusal kept = p->call->refusal;
	struct view_console_form *f;

	/* What was refused is the other form. */
	p->call->refusal.status = 0;
	f = form_show(p, &filter_form, NULL, values);
	p->call->refusal = kept;
	add_types(p, f, true);
	return f;
}

static void print_links(struct page *p, const json_t *document)
{
	const json_t *links = json_object_get(document, "links"), *link;
	struct view_console_link rows[ROWS];
	struct view_console_links view = { .head = &p->head, .links = rows };
	json_t *values = filter_values(p);
	size_t i;

	json_array_foreach(links, i, link)
	{
		if (i == ROWS)
			break;
		fill_link(p, link, &rows[view.links_count++]);
	}
	view.is_filtered = json_object_size(values) > 0;
	view.next = next_of(p, document);
	view.redirects = json_is_true(json_object_get(document, "redirects"));
	view.may_edit = (p->call->roles & ROLES_EDIT) != 0;
	view.token = p->head.token;
	view.undo = undo_of(p);
	view.filter = show_filter(p, values);
	view.form = new_form(p, values, json_object_get(document, "offered"));
	template_console_links(&p->writer, &view);
	json_decref(values);
}

static void show_links(struct api_call *call, const PGresult *rows)
{
	page_show(call, rows, TEXT_links, print_links);
}

static void page(struct api_call *call)
{
	ask_page(call, show_links);
}

void serve_links_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, page);
}

/* --- one ------------------------------------------------------------------------------------- */

static bool read_id(struct api_call *call, uint64_t *ret_id)
{
	if (slice_to_u64(call->request->captures[0], ret_id) && *ret_id > 0 && *ret_id <= INT64_MAX)
		return true;
	api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL, "There is no such link.");
	return false;
}

/* Where a link stands it stays: elsewhere it is another. */
static void fix_place(struct view_console_form *f)
{
	static const char *const names[] = { "gtin", "lot", "serial" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct view_console_input *input = form_input(f, names[i]);

		input->is_hidden = true;
		input->is_line = false;
	}
}

static void print_link(struct page *p, const json_t *document)
{
	struct view_console_link link;
	struct view_console_link_page view = { .head = &p->head, .link = &link };
	json_t *values = json_deep_copy(document);
	struct view_console_form *form;
	struct link_type_text type =
	    link_type_short(json_string_value(json_object_get(document, "link_type")));
	char action[64];

	json_object_set_new(values, "link_type", json_string(type.text));
	fill_link(p, document, &link);
	(void)snprintf(action, sizeof(action), "/links/%.*s", SLICE_ARG(link.id));
	form = form_show(p, &edit_form, NULL, values);
	form->action = arena_copy(&p->request->arena, slice_of(action));
	add_types(p, form, false);
	fix_place(form);
	view.form = form;
	view.may_edit = (p->call->roles & ROLES_EDIT) != 0;
	view.token = p->head.token;
	template_console_link_page(&p->writer, &view);
	json_decref(values);
}

static void show_one(struct api_call *call, const PGresult *rows)
{
	if (call->face != NULL)
		page_show(call, rows, TEXT_links_one, print_link);
	else if (PQntuples(rows) == 0)
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL, "There is no such link.");
	else
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void one(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t id;

	if (!read_id(call, &id))
		return;
	db_add_i64(&p, (int64_t)id);
	api_ask(call, &sql_console_links_one, &p, show_one);
}

void serve_link_page(struct request *r)
{
	api_enter_face(r, &page_face, API_BODY_NONE, one);
}

void serve_link(struct request *r)
{
	api_enter(r, API_BODY_NONE, one);
}

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
		       records == NULL || strlen(records) > UNDO_MOST ? "" : records);
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

	if (!form_check(call, &add_form) || !check_place(call))
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

	if (read_id(call, &id))
		change(call, id);
}

void serve_link_add(struct request *r)
{
	api_enter(r, API_BODY_JSON, add);
}

void serve_link_add_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, add, page);
}

void serve_link_edit(struct request *r)
{
	api_enter(r, API_BODY_JSON, edit);
}

void serve_link_edit_form(struct request *r)
{
	api_enter_form(r, &page_face, API_BODY_FORM, edit, one);
}

/* --- removing and undoing -------------------------------------------------------------------- */

static void take_away(struct api_call *call)
{
	struct db_parameters p = { .count = 0 };
	uint64_t id;

	if (!read_id(call, &id))
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
	api_enter_form(r, &page_face, API_BODY_BUTTON, take_away, page);
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
	return digit && text.length <= UNDO_MOST;
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
		api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL, "There is no such link.");
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
	api_enter_form(r, &page_face, API_BODY_FORM, undo, page);
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
	api_enter_form(r, &page_face, API_BODY_FORM, mode, page);
}
