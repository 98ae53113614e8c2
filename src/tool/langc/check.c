/* Checks what the PO files said, language against language. */
#include "tool/langc/check.h"

#include <ctype.h>

struct message **all;
size_t all_count;
char *parameters[PARAMETERS_MAX];
size_t parameter_count;

static unsigned parameter_bit(const struct message *m, const char *name, size_t length)
{
	for (size_t i = 0; i < parameter_count; i++)
		if (strlen(parameters[i]) == length && memcmp(parameters[i], name, length) == 0)
			return 1u << i;
	if (parameter_count == PARAMETERS_MAX) {
		complain(m->path, m->line, "{%.*s}: more than %d {names} in all texts", (int)length,
			 name, PARAMETERS_MAX);
		return 0;
	}
	parameters[parameter_count] = must(strndup(name, length));
	return 1u << parameter_count++;
}

/* The set of `{names}` in a text, as bits. */
static unsigned parameters_of(const struct message *m, const char *text)
{
	unsigned set = 0;

	for (const char *at = strchr(text, '{'); at != NULL; at = strchr(at, '{')) {
		size_t length = strspn(++at, "abcdefghijklmnopqrstuvwxyz_");

		if (length == 0 || at[length] != '}')
			complain(m->path, m->line, "\"%s\": a brace that is no {name}", m->id);
		else
			set |= parameter_bit(m, at, length);
	}
	return set;
}

static void check_against(const struct message *wanted, unsigned set, const struct language *l,
			  bool missing_is_error)
{
	const struct message *m = message_find(l, wanted);

	if (m == NULL && wanted->in_part && !l->has_parts)
		return;
	if (m == NULL || !message_complete(l, m)) {
		fprintf(stderr, "%s:%u: %s: \"%s\" has no translation\n", l->path,
			m == NULL ? 1 : m->line, missing_is_error ? "error" : "warning",
			wanted->id);
		failed |= missing_is_error;
		return;
	}
	if (m->plural != wanted->plural)
		complain(m->path, m->line, "\"%s\": plural here, none elsewhere", m->id);
	for (unsigned i = 0; i < (m->plural ? l->forms : 1); i++)
		if (parameters_of(m, m->forms[i]) != set)
			complain(m->path, m->line, "\"%s\": other {names} than elsewhere", m->id);
}

static int by_id(const void *a, const void *b)
{
	const struct message *x = *(struct message *const *)a, *y = *(struct message *const *)b;

	if (x->country != y->country)
		return x->country ? 1 : -1;
	return strcmp(x->id, y->id);
}

static bool is_known(const struct message *m)
{
	for (size_t i = 0; i < all_count; i++)
		if (message_same(all[i], m))
			return true;
	return false;
}

static void check_id(const struct message *m)
{
	size_t good =
	    m->country
		? strspn(m->id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		: strspn(m->id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._");

	if (m->id[good] != '\0' || (m->country && good != 2) || isdigit((unsigned char)m->id[0]))
		complain(m->path, m->line, "\"%s\" is no key", m->id);
}

static void collect(void)
{
	all = must(calloc(language_count * MESSAGES_MAX, sizeof(struct message *)));
	for (size_t i = 0; i < language_count; i++) {
		for (size_t j = 0; j < languages[i].count; j++) {
			struct message *m = &languages[i].messages[j];

			check_id(m);
			if (!is_known(m))
				all[all_count++] = m;
		}
	}
	qsort(all, all_count, sizeof(struct message *), by_id);
}

unsigned check_names(const struct message *wanted)
{
	const struct message *m = message_text(&languages[0], wanted);

	return m == NULL ? 0 : parameters_of(m, m->forms[0]);
}

void check(bool missing_is_error)
{
	collect();
	for (size_t i = 0; i < all_count; i++) {
		unsigned set = check_names(all[i]);

		if (message_text(&languages[0], all[i]) == NULL)
			complain(languages[0].path, 1, "\"%s\" has no text at all", all[i]->id);
		for (size_t j = 0; j < language_count; j++)
			check_against(all[i], set, &languages[j], missing_is_error);
	}
}
