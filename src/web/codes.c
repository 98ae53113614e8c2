/* `/v1/codes/state`: steps of codes. */
#include "model/batch.h"
#include "model/verdict.h"
#include "store/sql.h"
#include "web/api_problem.h"
#include "web/code_reading.h"
#include "web/pages.h"

void serve_code_state(struct request *r);

enum { REASON_MOST = 2000 };

/* text/plain brings a code a line, everything else must be JSON. */
static void enter(struct request *r, void (*handle)(struct api_call *call))
{
	bool lines = slice_equal_nocase(request_media_type(r), S("text/plain"));

	api_enter(r, lines ? API_BODY_ANY : API_BODY_JSON, handle);
}

/* --- steps --------------------------------------------------------------------------------- */

static bool state_ok(struct api_call *call, struct slice word)
{
	enum item_state state = item_state_named(word);

	if (state > ITEM_PROVISIONED && state <= ITEM_BLOCKED)
		return true;
	api_problem(call, 400, MESSAGE_choice, "state",
		    "printed, commissioned, consumed, decommissioned, destroyed, void or blocked",
		    "state: there is no such step.");
	return false;
}

static bool read_state(struct api_call *call, struct code_reading *reading)
{
	struct slice word = request_query(call->request, "state");

	if (call->body != NULL && !api_text(call, "state", sizeof(reading->state) - 1, &word))
		return false;
	if (!state_ok(call, word))
		return false;
	memcpy(reading->state, word.data, word.length);
	return true;
}

static bool read_reason(struct api_call *call, struct code_reading *reading)
{
	if (call->body == NULL || !api_has(call, "reason"))
		return true;
	reading->words =
	    json_dumps(json_object_get(call->body, "reason"), JSON_COMPACT | JSON_ENCODE_ANY);
	if (reading->words != NULL && strlen(reading->words) <= REASON_MOST)
		return true;
	api_problem(call, 400, MESSAGE_too_long, "reason", "2000 bytes",
		    "reason: must be shorter.");
	return false;
}

static void add_order(const struct code_reading *reading, struct db_parameters *p)
{
	db_add_text(p, slice_of(reading->state));
	db_add_text_or_null(p, slice_of(reading->words));
}

static void refused(struct api_call *call, struct slice was, const char *state)
{
	char words[128];

	(void)snprintf(words, sizeof(words), "state: this code cannot become %s: it is %.*s", state,
		       SLICE_ARG(was));
	api_problem_members(call, 409,
			    json_pack("{s:s,s:s,s:s%,s:s}", "member", "state", "code", "pack_step",
				      "from", was.data, was.length, "to", state),
			    words);
}

/* What is held back is not put into use. */
static void held(struct api_call *call, const char *state)
{
	api_problem_members(
	    call, 409, json_pack("{s:s,s:s,s:s}", "member", "state", "code", "held", "to", state),
	    message_words("held"));
}

static void show_steps(struct api_call *call, const PGresult *rows)
{
	struct code_reading *reading = call->own;
	struct slice result = db_text_in(rows, 0, 2);

	if (!reading->single)
		api_answer_json(call, 200, db_text_in(rows, 0, 0));
	else if (slice_equal(result, S("refused")))
		refused(call, db_text_in(rows, 0, 3), reading->state);
	else if (slice_equal(result, S("held")))
		held(call, reading->state);
	else if (!code_refuse_unknown(call, result))
		api_answer_json(call, 200, db_text_in(rows, 0, 1));
}

/* A single code that cannot be read at all is a bad request; in a list it is a line of the answer.
 */
static bool malformed(struct api_call *call, const struct code_reading *reading)
{
	if (!reading->single || reading->reason[0] == '\0')
		return false;
	api_problem(call, 400, MESSAGE_code_unread, "code",
		    "a GS1 Digital Link, or a serial with \"gtin\"", "code: %s.", reading->reason);
	return true;
}

static void ask_steps(struct api_call *call, struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };

	if (malformed(call, reading))
		return;
	code_reading_add(reading, &p);
	add_order(reading, &p);
	api_ask(call, &sql_api_code_steps, &p, show_steps);
}

static void show_json(struct api_call *call, const PGresult *rows)
{
	api_answer_json(call, 200, db_text_in(rows, 0, 0));
}

static void ask_between(struct api_call *call, struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };

	code_reading_add(reading, &p);
	add_order(reading, &p);
	api_ask(call, &sql_api_code_between, &p, show_json);
}

static void ask_batch(struct api_call *call, struct code_reading *reading)
{
	struct db_parameters p = { .count = 0 };
	uint64_t from = 0, to = 0;
	struct slice id;

	if (!api_text(call, "batch", 64, &id) ||
	    (api_has(call, "from") && !api_number(call, "from", 1, BATCH_QUANTITY_MOST, &from)) ||
	    (api_has(call, "to") && !api_number(call, "to", 1, BATCH_QUANTITY_MOST, &to)))
		return;
	if (!api_is_uuid(id)) {
		api_problem(call, 404, MESSAGE_pack_no_batch, "batch", NULL,
			    "There is no batch with this id.");
		return;
	}
	db_add_text(&p, id);
	add_order(reading, &p);
	db_add_i64(&p, (int64_t)from);
	db_add_i64(&p, (int64_t)to);
	api_ask(call, &sql_api_code_batch, &p, show_json);
}

/* Which codes are meant: exactly one of these is there, with what belongs to it. */
static const struct {
	const char *member;
	const char *members[8];
} kinds[] = {
	{ "code", { "state", "reason", "code", "gtin", NULL } },
	{ "codes", { "state", "reason", "codes", "gtin", NULL } },
	{ "batch", { "state", "reason", "batch", "from", "to", NULL } },
	{ "first", { "state", "reason", "first", "last", "gtin", NULL } },
};

/* False: answered. */
static bool only_one_kind(struct api_call *call)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (api_has(call, kinds[i].member))
			return api_only(call, kinds[i].members);
	api_problem(call, 400, MESSAGE_which_codes, "codes", NULL,
		    "Say which codes: \"code\", \"codes\", \"batch\", or \"first\" and \"last\".");
	return false;
}

static void post_state(struct api_call *call)
{
	struct code_reading *reading;

	if (call->body != NULL && !only_one_kind(call))
		return;
	reading = code_reading_new(call);
	if (reading == NULL || !read_state(call, reading) || !read_reason(call, reading))
		return;
	if (call->body != NULL && api_has(call, "batch"))
		ask_batch(call, reading);
	else if (call->body != NULL && api_has(call, "first"))
		code_reading_run_ends(reading, "first", "last", ask_between);
	else
		code_reading_run(reading, ask_steps);
}

void serve_code_state(struct request *r)
{
	enter(r, post_state);
}
