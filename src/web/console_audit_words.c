/* What the log of changes tells people of an entry: who, what, of which thing, before and after.
 */
#include "web/console_audit_words.h"

enum {
	CHANGES_MOST = 60,
	WORDS_MOST = 2048,
};

struct word {
	const char *name;
	enum text text;
};

/* "" is any of them. */
static const struct word actions[] = {
	{ "", TEXT_audit_any },
	{ "insert", TEXT_audit_insert },
	{ "update", TEXT_audit_update },
	{ "delete", TEXT_audit_delete },
	{ "read", TEXT_audit_read },
	{ "sign_in_try", TEXT_audit_sign_in_try },
	{ "code_try", TEXT_audit_code_try },
	{ "password", TEXT_audit_password },
	{ "totp_on", TEXT_audit_totp_on },
	{ "totp_off", TEXT_audit_totp_off },
	{ "unlock", TEXT_audit_unlock },
	{ "left_out", TEXT_audit_left_out },
	{ "one_hand", TEXT_audit_one_hand },
};

#define AUDIT_DOOR(name, words)
#define AUDIT_OBJECT(table, words)
#define AUDIT_COLUMN(name, words)
#define AUDIT_SILENT(name)

static const struct word doors[] = {
#undef AUDIT_DOOR
#define AUDIT_DOOR(name, words) { #name, TEXT_audit_##words },
#include "web/audit_words.def"
#undef AUDIT_DOOR
#define AUDIT_DOOR(name, words)
};

/* "" is any of them; what was read is named by its address. */
static const struct word objects[] = {
	{ "", TEXT_audit_any },
	{ "/", TEXT_audit_reading },
#undef AUDIT_OBJECT
#define AUDIT_OBJECT(table, words) { table, TEXT_audit_##words },
#include "web/audit_words.def"
#undef AUDIT_OBJECT
#define AUDIT_OBJECT(table, words)
};

static const struct word columns[] = {
#undef AUDIT_COLUMN
#define AUDIT_COLUMN(name, words) { #name, TEXT_audit_##words },
#include "web/audit_words.def"
#undef AUDIT_COLUMN
#define AUDIT_COLUMN(name, words)
};

static const char *const silent[] = {
#undef AUDIT_SILENT
#define AUDIT_SILENT(name) #name,
#include "web/audit_words.def"
#undef AUDIT_SILENT
};

#undef AUDIT_DOOR
#undef AUDIT_OBJECT
#undef AUDIT_COLUMN

static const struct word *find(const struct word *words, size_t count, struct slice name)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(name, slice_of(words[i].name)))
			return &words[i];
	return NULL;
}

static struct slice say(struct page *p, const struct word *word, struct slice otherwise)
{
	return word != NULL ? text_in(p->writer.language, word->text) : otherwise;
}

static struct slice kept(struct page *p, struct slice text)
{
	return arena_copy(&p->request->arena, text);
}

/* Numbers are known from elsewhere, and keys of lines from their page; what only computers call so
 * is left out. */
static bool tells_something(struct slice table, struct slice id)
{
	enum { UUID_LENGTH = 36 };

	return !slice_equal(table, S("team.pass")) && id.length != UUID_LENGTH;
}

/* "Recall 17" of "trace.recall 17". */
static struct slice object_words(struct page *p, struct slice object)
{
	struct slice rest = object, table, whole;
	const struct word *word;
	struct buf b;

	(void)slice_cut(&rest, ' ', &table);
	word = find(objects, COUNT_OF(objects), table);
	if (word == NULL || table.length == 0)
		return object;
	buf_init(&b, WORDS_MOST);
	buf_add_slice(&b, text_in(p->writer.language, word->text));
	if (tells_something(table, rest)) {
		buf_add_char(&b, ' ');
		buf_add_slice(&b, rest);
	}
	whole = kept(p, slice_trim(buf_slice(&b)));
	buf_release(&b);
	return whole;
}

/* --- before and after ---------------------------------------------------------------------- */

static bool is_silent(const char *column)
{
	for (size_t i = 0; i < COUNT_OF(silent); i++)
		if (strcmp(column, silent[i]) == 0)
			return true;
	return false;
}

static bool is_empty(const json_t *value)
{
	return value == NULL || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_object(value) && json_object_size(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

static void add_changes(struct page *p, const json_t *details, struct view_console_audit_entry *e)
{
	size_t count = json_object_size(details);
	struct view_console_audit_change *to;
	const char *name;
	json_t *value;

	count = count > CHANGES_MOST ? CHANGES_MOST : count;
	to = arena_array(&p->request->arena, count + 1, sizeof(*to));
	e->changes = to;
	json_object_foreach((json_t *)details, name, value)
	{
		bool pair = json_is_array(value) && json_array_size(value) == 2;
		const json_t *before = pair ? json_array_get(value, 0) : NULL;
		const json_t *after = pair ? json_array_get(value, 1) : value;
		struct slice column = kept(p, slice_of(name));

		if (to == NULL || e->changes_count == count)
			return;
		if (is_silent(name) || (is_empty(before) && is_empty(after)))
			continue;
		to[e->changes_count++] = (struct view_console_audit_change){
			.name = say(p, find(columns, COUNT_OF(columns), column), column),
			.before = audit_value_words(p, name, before),
			.after = audit_value_words(p, name, after),
			.removed = !is_empty(before),
			.added = !is_empty(after),
		};
	}
}

/* --- an entry ------------------------------------------------------------------------------ */

struct view_console_audit_entry audit_entry_words(struct page *p, const json_t *entry)
{
	struct slice via = page_member(p, entry, "via");
	struct slice action = page_member(p, entry, "action");
	const struct word *door = find(doors, COUNT_OF(doors), via);
	struct view_console_audit_entry e = {
		.number = page_member(p, entry, "number"),
		.at = page_when(p, page_member(p, entry, "at")),
		.who = page_who(p, page_member(p, entry, "who")),
		.action = say(p, find(actions, COUNT_OF(actions), action), action),
		.via = say(p, door, S("")),
		.object = object_words(p, page_member(p, entry, "object")),
	};

	add_changes(p, json_object_get(entry, "details"), &e);
	return e;
}

/* --- the filter ---------------------------------------------------------------------------- */

static const struct view_console_option *options(struct page *p, const struct word *words,
						 size_t words_count, struct slice chosen,
						 size_t *ret_count)
{
	struct view_console_option *to =
	    arena_array(&p->request->arena, words_count + 1, sizeof(*to));
	size_t count = 0;

	for (size_t i = 0; to != NULL && i < words_count; i++)
		to[count++] = (struct view_console_option){
			.value = slice_of(words[i].name),
			.text = text_in(p->writer.language, words[i].text),
			.selected = slice_equal(chosen, slice_of(words[i].name)),
		};
	if (to != NULL && find(words, words_count, chosen) == NULL)
		to[count++] = (struct view_console_option){ chosen, chosen, true };
	*ret_count = count;
	return to;
}

void audit_add_actions(struct page *p, struct view_console_audit *view, struct slice chosen)
{
	view->actions = options(p, actions, COUNT_OF(actions), chosen, &view->actions_count);
}

void audit_add_objects(struct page *p, struct view_console_audit *view, struct slice chosen)
{
	view->objects = options(p, objects, COUNT_OF(objects), chosen, &view->objects_count);
}
