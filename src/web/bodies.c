/* Finds the rule of an address; everything else takes what its program takes. */
#include "web/bodies.h"

#include "web/conn_state.h"

enum { LOOKUP_BODY = 8192 }; /* forms of a few fields */

#define BODY(programs, method, path, rule) extern const struct body_rule rule;
#include "web/bodies.def"
#undef BODY

static const struct {
	unsigned programs;
	enum method method;
	struct slice path;
	const struct body_rule *rule;
} rules[] = {
#define BODY(programs, method, path, rule) { programs, method, SLICE(path), &rule },
#include "web/bodies.def"
#undef BODY
};

const struct body_rule *body_rule_of(const struct http_head *head)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++)
		if ((rules[i].programs & app_program()) != 0 && rules[i].method == head->method &&
		    slice_equal(head->path, rules[i].path))
			return rules[i].rule;
	return NULL;
}

static bool is_probe(const struct http_head *head)
{
#ifdef SUYUAN_PROBES
	return slice_starts(head->path, S("/probe/"));
#else
	(void)head;
	return false;
#endif
}

size_t body_most(const struct body_rule *rule, const struct http_head *head)
{
	if (rule != NULL)
		return rule->most();
	if (app_program() != PROGRAM_LOOKUP || is_probe(head) ||
	    conn_limits.body_bytes < LOOKUP_BODY)
		return conn_limits.body_bytes;
	return LOOKUP_BODY;
}
