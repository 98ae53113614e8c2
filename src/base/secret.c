/* Keeps secrets out of core files. */
#include "base/secret.h"

#include <sys/resource.h>

void secret_no_core(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none); /* lowering a limit is always allowed */
}
