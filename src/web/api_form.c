/* From application/x-www-form-urlencoded to the members of a body. */
#include "web/api_form.h"

#include "base/utf8.h"
#include "web/router.h"

enum {
	FIELDS_MOST = 256, /* two for each of a hundred columns of a file */
	/* Whatever body_kb is: decoding takes as much again of a request's memory. */
	FORM_MOST = 4 << 20,
};

/* They look like numbers, and are none. */
static const char *const texts[] = { "gtin", "lot", "key", "code", "first", "last", NULL };

static bool is_text(struct slice name)
{
	for (size_t i = 0; texts[i] != NULL; i++)
		if (slice_equal(name, slice_of(texts[i])))
			return true;
	return false;
}

static json_t *value_of(struct slice name, struct slice value)
{
	bool zero = value.length > 1 && value.data[0] == '0';
	uint64_t number;

	if (!is_text(name) && !zero && slice_to_u64(value, &number) && number <= INT64_MAX)
		return json_integer((json_int_t)number);
	return json_stringn(value.data, value.length);
}

/* What every form may say beside the members. */
static bool is_apart(struct api_call *call, struct slice name, struct slice value)
{
	if (slice_equal(name, S("idempotency_key")))
		call->form_key = value;
	else if (slice_equal(name, S("back")))
		call->back = value;
	else if (slice_equal(name, S("token")))
		call->token = value;
	else
		return false;
	return true;
}

static bool add_field(struct api_call *call, struct slice pair)
{
	struct arena *memory = &call->request->arena;
	struct slice name, value;

	(void)slice_cut(&pair, '=', &name);
	if (percent_decode(memory, name, true, &name) != ROUTE_FOUND ||
	    percent_decode(memory, pair, true, &value) != ROUTE_FOUND || name.length == 0)
		return false;
	value = slice_trim(value);
	if (value.length == 0 || is_apart(call, name, value))
		return true;
	return json_object_setn_new(call->body, name.data, name.length, value_of(name, value)) == 0;
}

bool api_read_form(struct api_call *call)
{
	struct slice rest = call->request->body, pair;
	unsigned fields = 0;

	if (!slice_equal_nocase(request_media_type(call->request),
				S("application/x-www-form-urlencoded"))) {
		api_problem(call, 415, MESSAGE_body_unreadable, "Content-Type",
			    "application/x-www-form-urlencoded", "This address takes forms.");
		return false;
	}
	if (rest.length > FORM_MOST) {
		api_problem(call, 413, MESSAGE_too_long, "body", "4194304 bytes",
			    "A form has at most 4 MiB.");
		return false;
	}
	call->body = json_object();
	while (slice_cut(&rest, '&', &pair)) {
		if (pair.length == 0)
			continue;
		if (++fields <= FIELDS_MOST && add_field(call, pair))
			continue;
		api_problem(call, 400, MESSAGE_body_unreadable, "body",
			    "application/x-www-form-urlencoded", "The form cannot be read.");
		return false;
	}
	return true;
}

static bool add_part(struct api_call *call, const struct multipart_part *part)
{
	struct slice value = slice_trim(part->body);

	if (part->content_type.length > 0) {
		call->files[call->file_count++] = *part;
		return true;
	}
	if (part->name.length == 0 || !utf8_valid(part->name) || !utf8_valid(value) ||
	    slice_find(value, '\0') < value.length)
		return false;
	if (value.length == 0 || is_apart(call, part->name, value))
		return true;
	return json_object_setn_new(call->body, part->name.data, part->name.length,
				    value_of(part->name, value)) == 0;
}

bool api_read_upload(struct api_call *call)
{
	struct multipart_part parts[MULTIPART_PARTS_MOST];
	struct slice boundary;
	unsigned count = 0;
	enum multipart_result result =
	    multipart_boundary(request_header(call->request, "content-type"), &boundary);

	if (result == MULTIPART_OK)
		result = multipart_read(call->request->body, boundary, parts, &count);
	if (result != MULTIPART_OK) {
		api_problem(call, result == MULTIPART_NO_FORM ? 415 : 400, MESSAGE_body_unreadable,
			    "body", "multipart/form-data", "The form cannot be read: %s.",
			    multipart_reason(result));
		return false;
	}
	call->body = json_object();
	call->files = arena_array(&call->request->arena, MULTIPART_PARTS_MOST, sizeof(parts[0]));
	for (unsigned i = 0; i < count; i++) {
		if (call->body != NULL && call->files != NULL && add_part(call, &parts[i]))
			continue;
		api_problem(call, 400, MESSAGE_body_unreadable, "body", "UTF-8",
			    "The form cannot be read.");
		return false;
	}
	return true;
}

bool form_is_of_this_site(const struct request *r)
{
	struct slice site = request_header(r, "sec-fetch-site");
	struct slice origin = request_header(r, "origin"), host = request_header(r, "host");

	if (site.data != NULL)
		return slice_equal(site, S("same-origin"));
	return slice_starts(origin, S("https://")) &&
	       slice_equal_nocase(slice_from(origin, 8), host) && host.length > 0;
}
