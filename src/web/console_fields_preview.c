/*
 * `/fields/preview` and `/v1/fields/preview`: what a customer would see of a real item, were a
 * draft public: the documents by the SQL that the projection writes from, the answer by page/item,
 * like the real one.
 */
#include <time.h>

#include "model/digital_link.h"
#include "model/gs1.h"
#include "model/printed_code.h"
#include "page/item.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/app.h"
#include "web/console_fields.h"
#include "web/console_keys.h"
#include "web/router.h"

void serve_fields_preview(struct request *r);

enum { PAGE_ROOM = 4 << 20, COUNTER_ROOM = 24, CODE_MOST = 400, POLICY_ROOM = 512 };

struct preview {
	uint64_t scope;
	struct slice choices; /* JSON, or empty: the draft that is saved */
	struct slice code;
	bool keys_fetched;
	char counter[COUNTER_ROOM];	     /* digits; or empty, then it is … */
	char serial[SERIAL_LENGTH_MOST + 1]; /* … made elsewhere, or empty: of the newest lot */
	uint64_t gtin;			     /* of that item, or 0 */
};

static void no_item(struct api_call *call)
{
	message_refuse(call, 404, "code", "fields_no_item");
}

/* --- what was asked ----------------------------------------------------------------------------
 */

/* "lot.number:hide,product.name:show" */
static bool read_choices(struct api_call *call, struct preview *v)
{
	struct slice list = request_query(call->request, "choices"), pair, name;
	json_t *sent = json_object(), *choices;
	char *json;

	if (list.length == 0) {
		json_decref(sent);
		return true;
	}
	while (slice_cut(&list, ',', &pair)) {
		(void)slice_cut(&pair, ':', &name);
		if (pair.data != NULL)
			json_object_setn_new(sent, name.data, name.length,
					     json_stringn(pair.data, pair.length));
	}
	choices = fields_choices(call, sent, v->scope != 0);
	json_decref(sent);
	if (choices == NULL)
		return false;
	json = json_dumps(choices, JSON_COMPACT);
	v->choices = arena_copy(&call->request->arena, slice_of(json == NULL ? "{}" : json));
	free(json);
	json_decref(choices);
	return true;
}

/* --- the answer --------------------------------------------------------------------------------
 */

static unsigned language_of(struct request *r)
{
	struct slice wanted = request_query(r, "in");

	for (unsigned i = 0; i < page_language_count; i++)
		if (slice_equal(wanted, slice_of(page_languages[i])))
			return i;
	return 0;
}

static void read_serial(const PGresult *rows, uint64_t gtin, char serial[SERIAL_LENGTH_MOST + 1])
{
	struct serial_key *key = NULL;
	struct slice elsewhere = db_text_in(rows, 0, 13);

	(void)snprintf(serial, SERIAL_LENGTH_MOST + 1, "%.*s", SLICE_ARG(elsewhere));
	if (!PQgetisnull(rows, 0, 1))
		key = keyring_find(console_keys(), (unsigned)db_i64_in(rows, 0, 2));
	if (key != NULL && serial_encode(key, gtin, (uint64_t)db_i64_in(rows, 0, 1),
					 (unsigned)db_i64_in(rows, 0, 3), serial) != SERIAL_OK)
		serial[0] = '\0';
}

static struct page_item item_of(const PGresult *rows, const struct page_shared *shared)
{
	struct verdict_facts facts = {
		.state = item_state_named(db_text_in(rows, 0, 4)),
		.recalled = !PQgetisnull(rows, 0, 11),
		.best_until = BEST_FOREVER,
		.now = (int64_t)time(NULL),
	};
	struct page_item item = { .visits = 0 };
	/* Of the lot; a recall of this very code has its own reason. */
	bool of_lot;

	if (page_shared_says_best_before(shared) && !PQgetisnull(rows, 0, 14))
		facts.best_until = db_i64_in(rows, 0, 14);
	/* Of a lot without codes: as its items would be once they are in use. */
	if (PQgetisnull(rows, 0, 4))
		facts.state = ITEM_COMMISSIONED;
	item.verdict = verdict_of(&facts);
	item.expired_early = facts.state == ITEM_EXPIRED;
	of_lot = item.verdict == VERDICT_RECALLED && facts.state != ITEM_RECALLED;
	if (verdict_status(item.verdict) == 200) {
		item.since = db_text_in(rows, 0, of_lot ? 11 : 5);
		item.reason = db_text_in(rows, 0, of_lot ? 10 : 6);
	}
	return item;
}

static void write_answer(struct buf *out, const PGresult *rows, const struct page_shared *shared)
{
	char serial[SERIAL_LENGTH_MOST + 1], gtin[GTIN_TEXT_SIZE];
	char path[DL_ITEM_PATH_SIZE], uri[DL_URI_MAX];
	uint64_t number = (uint64_t)db_i64_in(rows, 0, 0);
	struct page_item item = item_of(rows, shared);
	struct slice stem = db_text_in(rows, 0, 12);

	read_serial(rows, number, serial);
	gtin_format(number, gtin);
	item.gtin = slice_of(gtin);
	item.serial = slice_of(serial);
	if (serial[0] != '\0') {
		digital_link_item_path(number, slice_of(serial), path);
		(void)snprintf(
		    uri, sizeof(uri), "%.*s%s",
		    SLICE_ARG(stem.length > 0 ? stem : slice_of(app_settings()->link_stem)), path);
		item.uri = slice_of(uri);
	}
	page_item_write(out, shared, &item);
}

/* The page's own policy, but for a frame of ours, and its forms lead nowhere. */
static void framed_policy(const char *policy, char room[POLICY_ROOM])
{
	static const char end[] = "form-action 'self'; frame-ancestors 'none'";
	size_t length = strlen(policy), tail = sizeof(end) - 1;

	if (length >= tail && strcmp(policy + length - tail, end) == 0)
		length -= tail;
	(void)snprintf(room, POLICY_ROOM, "%.*s%sform-action 'none'; frame-ancestors 'self'",
		       (int)length, policy, length == strlen(policy) ? "; " : "");
}

static void send_page(struct api_call *call, const struct page_shared *shared, unsigned language,
		      struct slice body)
{
	char policy[POLICY_ROOM];
	struct answer a = { .status = 200,
			    .content_type = page_content_type(PAGE_HTML),
			    .body = body };

	framed_policy(page_security_policy(shared), policy);
	a.content_security_policy = policy;
	answer_add_header(&a, "content-language", slice_of(page_languages[language]));
	api_end(call, &a);
	respond(call->request, &a);
}

void preview_show(struct api_call *call, const PGresult *rows)
{
	enum page_form form = call->face == NULL ? PAGE_JSON : PAGE_HTML;
	unsigned language = language_of(call->request);
	struct page_shared *shared;
	struct document_source source;
	struct buf out;
	size_t size;

	if (PQntuples(rows) == 0) {
		no_item(call);
		return;
	}
	source = (struct document_source){
		.brand = db_text_in(rows, 0, 7),
		.product = db_text_in(rows, 0, 8),
		.lot = db_text_in(rows, 0, 9),
	};
	shared = page_shared_new(&source, language, form, &size);
	buf_init(&out, PAGE_ROOM);
	if (shared != NULL)
		write_answer(&out, rows, shared);
	if (shared == NULL || !buf_ok(&out))
		api_no_memory(call);
	else if (form == PAGE_JSON)
		api_answer_json(call, 200, buf_slice(&out));
	else
		send_page(call, shared, language, buf_slice(&out));
	buf_release(&out);
	page_shared_free(shared);
}

/* --- the item ------------------------------------------------------------------------------------
 */

static void ask(struct api_call *call)
{
	const struct preview *v = call->own;
	struct db_parameters p = { .count = 0 };

	db_add_i64(&p, (int64_t)v->scope);
	db_add_text_or_null(&p, v->choices);
	db_add_i64(&p, (int64_t)v->gtin);
	db_add_text_or_null(&p, slice_of(v->counter));
	db_add_text_or_null(&p, slice_of(v->serial));
	api_ask(call, &sql_console_fields_preview, &p, preview_show);
}

static void read_code(struct api_call *call)
{
	struct preview *v = call->own;
	struct printed_code code;

	if (v->code.length == 0) {
		ask(call);
		return;
	}
	printed_code_read(console_keys(), v->code, v->scope, &code);
	if (code.result == PRINTED_MALFORMED) {
		no_item(call);
		return;
	}
	v->gtin = code.gtin;
	if (code.result == PRINTED_COMPUTED)
		(void)snprintf(v->counter, sizeof(v->counter), "%llu",
			       (unsigned long long)code.counter);
	else
		memcpy(v->serial, code.serial, sizeof(v->serial));
	ask(call);
}

static void keys_came(struct api_call *call, const PGresult *rows)
{
	console_keys_take(rows);
	read_code(call);
}

static void preview(struct api_call *call)
{
	struct preview *v = api_own(call, sizeof(*v));
	struct db_parameters p = { .count = 0 };

	if (v == NULL || !fields_scope(call, &v->scope) || !read_choices(call, v))
		return;
	v->code = request_query(call->request, "code");
	if (v->code.length > CODE_MOST) {
		no_item(call);
		return;
	}
	api_ask(call, &sql_console_keys, &p, keys_came);
}

void serve_fields_preview(struct request *r)
{
	if (slice_starts(slice_of(r->route->pattern), S("/v1/")))
		api_enter(r, API_BODY_NONE, preview);
	else
		api_enter_face(r, &page_face, API_BODY_NONE, preview);
}
