/* The rules of law on the page of public fields: each with its reason and source, and their file.
 */
#include "web/console_fields.h"

enum { RULES_MOST = 500, CATEGORIES_MOST = 400 };

static struct slice categories_of(struct page *p, const json_t *list)
{
	struct slice text;
	struct buf all;

	buf_init(&all, 1 << 16);
	for (size_t i = 0; i < json_array_size(list) && all.length < CATEGORIES_MOST; i++) {
		if (i > 0)
			buf_add_slice(&all, text_in(p->writer.language, TEXT_comma));
		buf_add_string(&all, json_string_value(json_array_get(list, i)));
	}
	text = buf_ok(&all) ? arena_copy(&p->request->arena, buf_slice(&all)) : S("");
	buf_release(&all);
	return text;
}

static void fill_rule(struct page *p, const json_t *rule, struct view_console_fields_law *to)
{
	const char *field = json_string_value(json_object_get(rule, "field"));

	*to = (struct view_console_fields_law){
		.rule = page_member(p, rule, "rule"),
		.field = field == NULL ? S("") : fields_label(p, field),
		.categories = categories_of(p, json_object_get(rule, "categories")),
		.reason = fields_words(p, json_object_get(rule, "reason")),
		.source = page_member(p, rule, "source"),
		.is_public = slice_equal(page_member(p, rule, "must"), S("public")),
	};
}

void fields_fill_law(struct page *p, const json_t *document, struct view_console_fields *view)
{
	const json_t *rules = json_object_get(document, "law");
	const json_t *file = json_object_get(document, "law_file");
	size_t count = json_array_size(rules) > RULES_MOST ? RULES_MOST : json_array_size(rules);
	struct view_console_fields_law *to =
	    arena_array(&p->request->arena, count + 1, sizeof(*to));

	view->law_name = page_member(p, file, "name");
	view->law_sha256 = page_member(p, file, "sha256");
	view->law_at = page_minute(p, page_member(p, file, "at"));
	if (to == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		fill_rule(p, json_array_get(rules, i), &to[i]);
	view->laws = to;
	view->laws_count = count;
}
