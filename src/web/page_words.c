/* What a document says as people read it on the console: words, names, moments. */
#include "web/pages.h"

enum {
	NUMBER_SIZE = 24,
	MINUTE = 5, /* characters of a time of day: 08:30 … */
	SECOND = 8, /* … 08:30:05 */
};

struct slice page_member(struct page *p, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	char number[NUMBER_SIZE];

	if (json_is_string(value))
		return arena_copy(&p->request->arena, (struct slice){ json_string_value(value),
								      json_string_length(value) });
	if (!json_is_integer(value))
		return S("");
	(void)snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	return arena_copy(&p->request->arena, slice_of(number));
}

struct slice page_words(struct page *p, const json_t *words)
{
	struct slice found = page_member(p, words, page_languages[p->writer.language]);
	const char *name;
	json_t *value;

	if (found.length > 0)
		return found;
	json_object_foreach((json_t *)(uintptr_t)words, name, value) return page_member(p, words,
											name);
	return S("");
}

struct slice page_product(struct page *p, struct slice gtin)
{
	return page_words(p, json_object_getn(p->names, gtin.data, gtin.length));
}

/* Names and words of the API that people are told in their language. */
static const struct {
	const char *name;
	enum text text;
} words[] = {
	{ "gtin", TEXT_console_gtin },
	{ "lot", TEXT_console_lot },
	{ "state", TEXT_console_state },
	{ "batch", TEXT_console_batch },
	{ "quantity", TEXT_console_quantity },
	{ "product", TEXT_console_product },
	{ "provisioned", TEXT_console_state_provisioned },
	{ "printed", TEXT_console_state_printed },
	{ "commissioned", TEXT_console_state_commissioned },
	{ "consumed", TEXT_console_state_consumed },
	{ "decommissioned", TEXT_console_state_decommissioned },
	{ "destroyed", TEXT_console_state_destroyed },
	{ "void", TEXT_console_state_void },
	{ "blocked", TEXT_console_state_blocked },
	{ "waiting", TEXT_console_job_waiting },
	{ "running", TEXT_console_job_running },
	{ "done", TEXT_console_job_done },
	{ "failed", TEXT_console_job_failed },
	{ "cancelled", TEXT_console_job_cancelled },
	{ "labels", TEXT_console_jobs },
	{ "import", TEXT_desk_job_import },
	{ "publish", TEXT_desk_job_publish },
	{ "project", TEXT_desk_job_project },
};

struct slice page_name(struct page *p, const char *name)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return text_in(p->writer.language, words[i].text);
	return arena_copy(&p->request->arena, slice_of(name));
}

struct slice page_state(struct page *p, struct slice state)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(state, slice_of(words[i].name)))
			return text_in(p->writer.language, words[i].text);
	return state;
}

/* "2026-09-01T08:30:05" and an offset; what somebody typed may have a T there, too. */
static bool is_moment(struct slice at)
{
	static const char form[] = "9999-99-99T99:99:99";

	return at.length >= strlen(form) &&
	       slice_fits((struct slice){ at.data, strlen(form) }, form);
}

/* Date and so many characters of the time of day. */
static struct slice when(struct page *p, struct slice at, int shown)
{
	bool utc = slice_ends(at, S("Z")) || slice_ends(at, S("+00:00"));
	char text[32];

	if (!is_moment(at))
		return at;
	(void)snprintf(text, sizeof(text), "%.10s %.*s%s", at.data, utc ? MINUTE : shown,
		       at.data + 11, utc ? " UTC" : "");
	return arena_copy(&p->request->arena, slice_of(text));
}

struct slice page_when(struct page *p, struct slice at)
{
	return when(p, at, SECOND);
}

struct slice page_minute(struct page *p, struct slice at)
{
	return when(p, at, MINUTE);
}

struct slice page_who(struct page *p, struct slice who)
{
	if (slice_starts(who, S("user:")) || slice_starts(who, S("line:")))
		return slice_from(who, 5);
	return slice_starts(who, S("suyuan_")) ? text_in(p->writer.language, TEXT_operator) : who;
}
