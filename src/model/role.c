/* The roles of the people of a brand by name. */
#include "model/role.h"

static const char *const names[ROLE_COUNT] = {
	"line", "viewer", "editor", "quality", "auditor", "admin",
};

const char *role_name(enum role role)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if ((unsigned)role == 1u << i)
			return names[i];
	return NULL;
}

unsigned role_named(struct slice name)
{
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		if (slice_equal(name, slice_of(names[i])))
			return 1u << i;
	return 0;
}

unsigned roles_read(struct slice list)
{
	unsigned roles = 0;
	struct slice name;

	while (slice_cut(&list, ',', &name))
		roles |= role_named(name);
	return roles;
}
