/* Says what was wrong with a request of the API, and reads its members so that little can be. */
#include "web/api_problem.h"

#include <stdarg.h>

#include "base/utf8.h"
#include "model/gs1.h"

enum { DETAIL_MOST = 1000, KEY_MOST = 255, UUID_LENGTH = 36 };

/* --- problems ------------------------------------------------------------------------------ */

static json_t *document(const struct api_call *call, int status, const char *detail)
{
	char instance[48];

	(void)snprintf(instance, sizeof(instance), "urn:suyuan:request:%016llx",
		       (unsigned long long)call->request->id);
	return json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", "about:blank", "title",
			 status_text(status), "status", status, "detail", detail, "instance",
			 instance);
}

static void add_retry_after(struct answer *a, const json_t *members, char *room, size_t size)
{
	const json_t *seconds = json_object_get(members, "retry_after");

	if (!json_is_integer(seconds))
		return;
	(void)snprintf(room, size, "%lld", (long long)json_integer_value(seconds));
	answer_add_header(a, "retry-after", slice_of(room));
}

void api_problem_members(struct api_call *call, int status, json_t *members, const char *detail)
{
	struct answer a = { .status = status, .content_type = "application/problem+json" };
	json_t *problem = document(call, status, detail);
	char seconds[24];
	char *text;

	if (members == NULL)
		members = json_object();
	if (json_object_get(members, "code") == NULL)
		(void)json_object_set_new(members, "code",
					  json_string(message_code(message_of_status(status))));
	if (call->face != NULL) {
		json_decref(problem);
		call->face->refuse(call, status, members, detail);
		json_decref(members);
		return;
	}
	if (problem != NULL && members != NULL)
		(void)json_object_update_missing(problem, members);
	text = problem == NULL ? NULL : json_dumps(problem, JSON_COMPACT);
	a.body = slice_of(text);
	if (status == 401)
		answer_add_header(&a, "www-authenticate", S("Bearer realm=\"suyuan\""));
	add_retry_after(&a, members, seconds, sizeof(seconds));
	api_answer(call, &a);
	free(text);
	json_decref(problem);
	json_decref(members);
}

/* A text that was cut, or quotes what the client sent, may break a character. */
static void make_utf8(char *text)
{
	struct slice rest = slice_of(text);

	while (rest.length > 0) {
		size_t good = utf8_valid_length(rest);

		rest = slice_from(rest, good);
		if (rest.length == 0)
			return;
		text[rest.data - text] = '?';
	}
}

void api_problem(struct api_call *call, int status, enum message message, const char *member,
		 const char *limit, const char *detail, ...)
{
	char text[DETAIL_MOST];
	json_t *members = json_pack("{s:s}", "code", message_code(message));
	va_list args;

	va_start(args, detail);
	(void)vsnprintf(text, sizeof(text), detail, args);
	va_end(args);
	make_utf8(text);
	if (member != NULL)
		(void)json_object_set_new(members, "member", json_string(member));
	if (limit != NULL)
		(void)json_object_set_new(members, "limit", json_string(limit));
	api_problem_members(call, status, members, text);
}

void api_no_memory(struct api_call *call)
{
	api_problem(call, 503, MESSAGE_try_again, NULL, NULL, "Out of memory.");
}

void *api_own(struct api_call *call, size_t size)
{
	call->own = arena_alloc(&call->request->arena, size);
	if (call->own == NULL)
		api_no_memory(call);
	return call->own;
}

/* --- members of the body ------------------------------------------------------------------- */

static bool is_listed(const char *const *members, const char *name)
{
	for (; *members != NULL; members++)
		if (strcmp(*members, name) == 0)
			return true;
	return false;
}

bool api_only(struct api_call *call, const char *const *members)
{
	const char *name;
	json_t *value;

	json_object_foreach(call->body, name, value)
	{
		if (is_listed(members, name))
			continue;
		api_problem(call, 400, MESSAGE_unknown_field, name, NULL,
			    "%.100s: there is no such member here.", name);
		return false;
	}
	return true;
}

bool api_has(const struct api_call *call, const char *member)
{
	const json_t *value = json_object_get(call->body, member);

	return value != NULL && !json_is_null(value);
}

static bool missing(struct api_call *call, const char *member)
{
	if (api_has(call, member))
		return false;
	api_problem(call, 400, MESSAGE_required, member, NULL, "%s: is missing.", member);
	return true;
}

bool api_text(struct api_call *call, const char *member, size_t most, struct slice *ret_text)
{
	const json_t *value = json_object_get(call->body, member);
	char limit[48];
	struct slice text;

	if (missing(call, member))
		return false;
	text = (struct slice){ json_string_value(value), json_string_length(value) };
	if (json_is_string(value) && text.length >= 1 && text.length <= most &&
	    slice_find(text, '\0') == text.length) {
		*ret_text = text;
		return true;
	}
	(void)snprintf(limit, sizeof(limit), "1 to %zu bytes of text", most);
	api_problem(call, 400, text.length > most ? MESSAGE_too_long : MESSAGE_not_a_text, member,
		    limit, "%s: must be %s.", member, limit);
	return false;
}

bool api_number(struct api_call *call, const char *member, uint64_t least, uint64_t most,
		uint64_t *ret_number)
{
	const json_t *value = json_object_get(call->body, member);
	json_int_t number = json_integer_value(value);
	char limit[64];

	if (missing(call, member))
		return false;
	if (json_is_integer(value) && number >= 0 && (uint64_t)number >= least &&
	    (uint64_t)number <= most) {
		*ret_number = (uint64_t)number;
		return true;
	}
	(void)snprintf(limit, sizeof(limit), "%llu to %llu", (unsigned long long)least,
		       (unsigned long long)most);
	api_problem(call, 400, MESSAGE_number, member, limit, "%s: must be a whole number from %s.",
		    member, limit);
	return false;
}

/* With the code that people are told it by (web/messages.def). */
PRINTF(5, 6)
static void refuse_gtin(struct api_call *call, const char *name, const char *limit,
			enum gtin_result result, const char *detail, ...)
{
	static const char *const codes[] = {
		[GTIN_NOT_DIGITS] = "gtin_not_digits",
		[GTIN_BAD_LENGTH] = "gtin_bad_length",
		[GTIN_BAD_CHECK_DIGIT] = "gtin_bad_check_digit",
	};
	char text[DETAIL_MOST];
	va_list args;

	va_start(args, detail);
	(void)vsnprintf(text, sizeof(text), detail, args);
	va_end(args);
	api_problem_members(
	    call, 400,
	    json_pack("{s:s,s:s,s:s}", "member", name, "limit", limit, "code", codes[result]),
	    text);
}

bool api_gtin(struct api_call *call, const char *member, uint64_t *ret_gtin)
{
	const json_t *value = json_object_get(call->body, member);
	enum gtin_result result = GTIN_NOT_DIGITS;

	if (missing(call, member))
		return false;
	if (json_is_string(value))
		result = gtin_parse(
		    (struct slice){ json_string_value(value), json_string_length(value) },
		    ret_gtin);
	if (result == GTIN_OK)
		return true;
	refuse_gtin(call, member, "8, 12, 13 or 14 digits as text", result,
		    "%s: must be a GTIN as a text of 8, 12, 13 or 14 digits: %s.", member,
		    json_is_string(value) ? gtin_reason(result) : "it is no text");
	return false;
}

bool api_lot(struct api_call *call, const char *member, struct slice *ret_lot)
{
	struct slice lot;

	*ret_lot = (struct slice){ NULL, 0 };
	if (!api_has(call, member))
		return true;
	if (!api_text(call, member, GS1_LOT_MAX, &lot))
		return false;
	if (gs1_lot_ok(lot)) {
		*ret_lot = lot;
		return true;
	}
	api_problem(call, 400, MESSAGE_pack_lot, member, "1 to 20 characters of GS1 set 82",
		    "%s: must be 1 to 20 characters of GS1's character set 82.", member);
	return false;
}

/* --- the rest of the request --------------------------------------------------------------- */

bool api_is_uuid(struct slice text)
{
	if (text.length != UUID_LENGTH)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text.data[i] != '-'
			 : text.data[i] == '\0' ||
			       strchr("0123456789abcdefABCDEF", text.data[i]) == NULL)
			return false;
	}
	return true;
}

bool api_uuid(struct api_call *call, unsigned i, struct slice *ret_uuid)
{
	if (api_is_uuid(call->request->captures[i])) {
		*ret_uuid = call->request->captures[i];
		return true;
	}
	api_problem(call, 404, MESSAGE_no_such_thing, NULL, NULL, "There is nothing with this id.");
	return false;
}

bool api_query_number(struct api_call *call, const char *name, uint64_t least, uint64_t most,
		      uint64_t fallback, uint64_t *ret_number)
{
	struct slice text = request_query(call->request, name);
	char limit[64];
	uint64_t number;

	if (text.data == NULL) {
		*ret_number = fallback;
		return true;
	}
	if (slice_to_u64(text, &number) && number >= least && number <= most) {
		*ret_number = number;
		return true;
	}
	(void)snprintf(limit, sizeof(limit), "%llu to %llu", (unsigned long long)least,
		       (unsigned long long)most);
	api_problem(call, 400, MESSAGE_number, name, limit, "%s: must be a whole number from %s.",
		    name, limit);
	return false;
}

bool api_query_gtin(struct api_call *call, const char *name, uint64_t *ret_gtin)
{
	struct slice text = request_query(call->request, name);
	enum gtin_result result = GTIN_OK;
	uint64_t gtin = 0;

	if (text.data != NULL)
		result = gtin_parse(text, &gtin);
	if (result == GTIN_OK) {
		*ret_gtin = gtin;
		return true;
	}
	refuse_gtin(call, name, "8, 12, 13 or 14 digits", result, "%s: must be a GTIN.", name);
	return false;
}

static bool is_visible(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] < 0x21 || text.data[i] > 0x7e)
			return false;
	return true;
}

bool api_idempotency_key(struct api_call *call, struct slice *ret_key)
{
	struct slice key = request_header(call->request, "idempotency-key");

	if (call->wanted == API_BODY_FORM)
		key = call->form_key;

	if (key.length >= 1 && key.length <= KEY_MOST && is_visible(key)) {
		*ret_key = key;
		return true;
	}
	api_problem(call, 400, MESSAGE_form_key, "Idempotency-Key",
		    "1 to 255 visible ASCII characters", "%s",
		    key.data == NULL
			? "Idempotency-Key: is missing. Send a new one with every new "
			  "batch, and the same one when you ask again."
			: "Idempotency-Key: must be 1 to 255 visible ASCII characters.");
	return false;
}
