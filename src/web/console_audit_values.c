/* A value of the log of changes as people say it: a state by its name, a range by its ends. */
#include "base/buf.h"
#include "base/utf8.h"
#include "web/console_audit_words.h"
#include "web/console_fields.h"
#include "web/console_recalls.h"

enum {
	VALUE_MOST = 300, /* characters shown of a value */
	WORDS_MOST = 4096,
	DEPTH_MOST = 4,
	SHA256_SHOWN = 12,
};

/* Columns whose texts are words of ours, not of somebody who typed them. */
static const char *const coded[] = { "state", "kind",	"severity", "roles",   "role",
				     "how",   "choice", "choices",  "changes", "proposal" };

static const struct {
	const char *word;
	enum text text;
} words[] = {
	{ "recall", TEXT_recalls_kind_recall },
	{ "hold", TEXT_recalls_kind_hold },
	{ "quarantine", TEXT_recalls_kind_quarantine },
	{ "expire", TEXT_recalls_kind_expire },
	{ "counted", TEXT_recalls_counted },
	{ "proposed", TEXT_recalls_proposed },
	{ "running", TEXT_recalls_running },
	{ "ended", TEXT_recalls_ended },
	{ "high", TEXT_recalls_high },
	{ "medium", TEXT_recalls_medium },
	{ "low", TEXT_recalls_low },
	{ "waiting", TEXT_console_job_waiting },
	{ "done", TEXT_console_job_done },
	{ "failed", TEXT_console_job_failed },
	{ "cancelled", TEXT_console_job_cancelled },
	{ "admin", TEXT_people_role_admin },
	{ "editor", TEXT_people_role_editor },
	{ "quality", TEXT_people_role_quality },
	{ "viewer", TEXT_people_role_viewer },
	{ "auditor", TEXT_people_role_auditor },
	{ "line", TEXT_people_role_line },
	{ "hide", TEXT_fields_choice_hide },
	{ "show", TEXT_fields_choice_show },
	{ "inherit", TEXT_fields_choice_inherit },
	{ "date", TEXT_fields_choice_date },
	{ "month", TEXT_fields_choice_month },
	{ "year", TEXT_fields_choice_year },
	{ "place", TEXT_fields_choice_place },
	{ "country", TEXT_fields_choice_country },
	{ "rounded", TEXT_fields_choice_rounded },
	{ "verdict", TEXT_fields_choice_verdict },
	{ "before", TEXT_fields_how_before },
	{ "publish", TEXT_fields_how_publish },
	{ "schedule", TEXT_fields_how_schedule },
	{ "rollback", TEXT_fields_how_rollback },
	{ "command", TEXT_fields_how_command },
	{ "law", TEXT_fields_how_law },
	{ "session", TEXT_audit_a_session },
	{ "token", TEXT_audit_a_token },
	{ "link", TEXT_audit_a_link },
};

static bool is_coded(const char *column)
{
	for (size_t i = 0; i < COUNT_OF(coded); i++)
		if (strcmp(coded[i], column) == 0)
			return true;
	return false;
}

/* Columns that count what may be many. */
static const char *const counts[] = { "codes_per_day", "requests_per_minute", "quantity", "size" };

static bool is_count(const char *column)
{
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		if (strcmp(counts[i], column) == 0)
			return true;
	return false;
}

/* "[3,8)" of PostgreSQL: 3–7; both ends count on paper. False: it is none. */
static bool add_range(struct buf *out, struct slice text)
{
	struct slice rest = text, from;
	uint64_t first, last;
	bool open;

	if (text.length < 5 || text.data[0] != '[')
		return false;
	open = slice_ends(text, S(")"));
	if (!open && !slice_ends(text, S("]")))
		return false;
	rest = (struct slice){ text.data + 1, text.length - 2 };
	if (!slice_cut(&rest, ',', &from) || !slice_to_u64(from, &first) ||
	    !slice_to_u64(rest, &last) || (open && last <= first))
		return false;
	last -= open;
	buf_add_u64(out, first);
	if (last > first) {
		buf_add_string(out, "–");
		buf_add_u64(out, last);
	}
	return true;
}

static struct slice string_of(const json_t *value)
{
	return (struct slice){ json_string_value(value), json_string_length(value) };
}

static void add_text(struct page *p, struct buf *out, const char *column, struct slice text)
{
	for (size_t i = 0; is_coded(column) && i < COUNT_OF(words); i++) {
		if (slice_equal(text, slice_of(words[i].word))) {
			buf_add_slice(out, text_in(p->writer.language, words[i].text));
			return;
		}
	}
	if (text.length == 0)
		buf_add_string(out, "–");
	else if (strcmp(column, "field") == 0)
		buf_add_slice(out, fields_label(p, text.data));
	else if (text.length == 2 + 64 && slice_starts(text, S("\\x")))
		buf_add_format(out, "%.*s…", SHA256_SHOWN, text.data + 2);
	else if (!add_range(out, text))
		buf_add_slice(out, page_when(p, utf8_prefix(text, VALUE_MOST)));
}

static void add_count(struct page *p, struct buf *out, const json_t *value)
{
	struct writer w = { .out = out, .language = p->writer.language };
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(value));
	print_figure(&w, IN_TEXT, slice_of(digits));
}

/* "Green tea · 09506000134352". */
static void add_gtin(struct page *p, struct buf *out, long long number)
{
	char gtin[24];
	struct slice product;

	(void)snprintf(gtin, sizeof(gtin), "%014lld", number);
	product = page_product(p, slice_of(gtin));
	if (product.length > 0)
		buf_add_format(out, "%.*s · ", SLICE_ARG(product));
	buf_add_string(out, gtin);
}

static void add_value(struct page *p, struct buf *out, const char *column, const json_t *value,
		      unsigned depth);

static void add_list(struct page *p, struct buf *out, const char *column, const json_t *list,
		     unsigned depth)
{
	const char *between =
	    strcmp(column, "changes") == 0 && json_array_size(list) == 2 ? " → " : NULL;

	for (size_t i = 0; i < json_array_size(list); i++) {
		if (i > 0 && between != NULL)
			buf_add_string(out, between);
		else if (i > 0)
			buf_add_slice(out, text_in(p->writer.language, TEXT_comma));
		add_value(p, out, column, json_array_get(list, i), depth + 1);
	}
}

/* A language by its name, a field of the public page by its label. */
static struct slice member_name(struct page *p, const char *name)
{
	for (unsigned i = 0; i < page_language_count; i++)
		if (strcmp(name, page_languages[i]) == 0)
			return text_in(i, TEXT_language_name);
	return strchr(name, '.') != NULL ? fields_label(p, name) : slice_of(name);
}

/* "Name: Shown → Hidden"; fields of the public page by their labels. */
static void add_members(struct page *p, struct buf *out, const char *column, const json_t *object,
			unsigned depth)
{
	bool first = true;
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		if (!first)
			buf_add_slice(out, text_in(p->writer.language, TEXT_comma));
		buf_add_slice(out, member_name(p, name));
		buf_add_slice(out, text_in(p->writer.language, TEXT_colon));
		add_value(p, out, is_coded(column) ? column : name, value, depth + 1);
		first = false;
	}
}

/* "Lots · 09506000134352 · QP1", as on the page of the recall. */
static void add_choice(struct page *p, struct buf *out, const json_t *choice)
{
	json_t *item = json_pack("{s:O}", "choice", choice);

	buf_add_slice(out, recall_choice(p, item));
	json_decref(item);
}

static void add_value(struct page *p, struct buf *out, const char *column, const json_t *value,
		      unsigned depth)
{
	bool is_gtin = strcmp(column, "gtin") == 0 || strcmp(column, "gtins") == 0;

	/* GTIN 0 is none: the whole brand. */
	if (value == NULL || json_is_null(value) ||
	    (is_gtin && json_integer_value(value) == 0 && json_is_integer(value)))
		buf_add_string(out, "–");
	else if (depth == DEPTH_MOST)
		buf_add_string(out, "…");
	else if (json_is_boolean(value))
		buf_add_slice(out, text_in(p->writer.language,
					   json_is_true(value) ? TEXT_audit_yes : TEXT_audit_no));
	else if (json_is_string(value))
		add_text(p, out, column, string_of(value));
	else if (json_is_integer(value) && is_count(column))
		add_count(p, out, value);
	else if (json_is_integer(value) && is_gtin)
		add_gtin(p, out, (long long)json_integer_value(value));
	else if (json_is_integer(value))
		buf_add_format(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		buf_add_format(out, "%g", json_real_value(value));
	else if (strcmp(column, "choice") == 0 && json_object_get(value, "by") != NULL)
		add_choice(p, out, value);
	else if (json_is_array(value))
		add_list(p, out, column, value, depth);
	else
		add_members(p, out, column, value, depth);
}

struct slice audit_value_words(struct page *p, const char *column, const json_t *value)
{
	struct slice shown;
	struct buf out;

	buf_init(&out, WORDS_MOST);
	add_value(p, &out, column, value, 0);
	shown = arena_copy(&p->request->arena, utf8_prefix(buf_slice(&out), VALUE_MOST));
	buf_release(&out);
	return shown;
}
