/* The table of the kinds of long work. */
#include "job/kind.h"

#define JOB_KIND(name) extern const struct job_kind job_kind_##name;
#include "job/kinds.def"
#undef JOB_KIND

static const struct job_kind *const kinds[] = {
#define JOB_KIND(name) &job_kind_##name,
#include "job/kinds.def"
#undef JOB_KIND
};

const struct job_kind *job_kind_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

void job_kinds_print(struct buf *out)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		buf_add_format(out, "%c%s", i == 0 ? '{' : ',', kinds[i]->name);
	buf_add_char(out, '}');
}
