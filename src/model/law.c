/* Reads files of rules of law. */
#include "model/law.h"

#include <stdarg.h>

#include "model/visibility.h"

struct law_reading {
	struct law_rule *rules;
	size_t count, most;
	unsigned line;
	char *why;
};

PRINTF(2, 3)
static bool refuse(struct law_reading *r, const char *format, ...)
{
	int used = snprintf(r->why, LAW_WHY_SIZE, "line %u: ", r->line);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(r->why + used, LAW_WHY_SIZE - (size_t)used, format, args);
	va_end(args);
	return false;
}

static bool is_name(struct slice s)
{
	for (size_t i = 0; i < s.length; i++) {
		char c = s.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (i == 0 || (c != '-' && c != '.')))
			return false;
	}
	return s.length > 0 && s.length <= 63;
}

static bool is_language(struct slice s)
{
	size_t letters = 0;

	while (letters < s.length && s.data[letters] >= 'a' && s.data[letters] <= 'z')
		letters++;
	for (size_t i = letters; i < s.length; i++)
		if (s.data[i] != '-' && !(s.data[i] >= 'A' && s.data[i] <= 'Z'))
			return false;
	return (letters == 2 || letters == 3) && s.length <= 11;
}

static bool is_field(struct slice name)
{
	size_t count;
	const struct private_description *never = private_fields(&count);
	enum field f;

	for (size_t i = 0; i < count; i++)
		if (slice_equal(name, slice_of(never[i].name)))
			return true;
	return field_named(name, &f);
}

/* The rule that ends here is whole. */
static bool is_whole(struct law_reading *r)
{
	const struct law_rule *rule;

	if (r->count == 0)
		return true;
	rule = &r->rules[r->count - 1];
	if (rule->field.length > 0 && rule->has_must && rule->source.length > 0 &&
	    rule->reason_count > 0)
		return true;
	r->line = rule->line;
	return refuse(r, "the rule %.*s lacks field, must, source or a reason",
		      SLICE_ARG(rule->name));
}

static bool begin(struct law_reading *r, struct slice name)
{
	if (!is_whole(r))
		return false;
	if (!is_name(name))
		return refuse(r, "a rule's name has a-z, 0-9, \"-\" and \".\"");
	for (size_t i = 0; i < r->count; i++)
		if (slice_equal(name, r->rules[i].name))
			return refuse(r, "there is a rule %.*s already", SLICE_ARG(name));
	if (r->count == r->most)
		return refuse(r, "too many rules: at most %zu", r->most);
	r->rules[r->count++] = (struct law_rule){ .name = name, .line = r->line };
	return true;
}

static bool take_must(struct law_reading *r, struct law_rule *rule, struct slice value)
{
	rule->is_public = slice_equal(value, S("public"));
	rule->has_must = rule->is_public || slice_equal(value, S("secret"));
	return rule->has_must || refuse(r, "must is public or secret");
}

static bool take_reason(struct law_reading *r, struct law_rule *rule, struct slice language,
			struct slice value)
{
	if (!is_language(language))
		return refuse(r, "there is no \"%.*s\" in a rule",
			      (int)(language.length > 40 ? 40 : language.length), language.data);
	if (rule->reason_count == LAW_LANGUAGES_MOST)
		return refuse(r, "too many languages");
	rule->languages[rule->reason_count] = language;
	rule->reasons[rule->reason_count++] = value;
	return true;
}

static bool take_line(struct law_reading *r, struct slice word, struct slice value)
{
	struct law_rule *rule;

	if (slice_equal(word, S("rule")))
		return begin(r, value);
	if (r->count == 0)
		return refuse(r, "a rule begins with \"rule NAME\"");
	if (value.length == 0)
		return refuse(r, "nothing is said behind the word");
	rule = &r->rules[r->count - 1];
	if (slice_equal(word, S("field"))) {
		rule->field = value;
		return is_field(value) || refuse(r, "there is no field of that name");
	}
	if (slice_equal(word, S("must")))
		return take_must(r, rule, value);
	if (slice_equal(word, S("category"))) {
		rule->categories = value;
		return true;
	}
	if (slice_equal(word, S("source"))) {
		rule->source = value;
		return true;
	}
	return take_reason(r, rule, word, value);
}

bool law_read(struct slice text, struct law_rule *rules, size_t most, size_t *ret_count,
	      char why[LAW_WHY_SIZE])
{
	struct law_reading r = { .rules = rules, .most = most, .why = why };
	struct slice line;

	while (slice_cut(&text, '\n', &line)) {
		struct slice word = slice_trim(line), value = { NULL, 0 };
		size_t end = 0;

		r.line++;
		if (word.length == 0 || word.data[0] == '#')
			continue;
		while (end < word.length && word.data[end] != ' ' && word.data[end] != '\t')
			end++;
		value = slice_trim(slice_from(word, end));
		word.length = end;
		if (!take_line(&r, word, value))
			return false;
	}
	if (!is_whole(&r))
		return false;
	*ret_count = r.count;
	return true;
}
