/* suyuan.conf from anybody: never a crash, and what is refused says why. */
#include <stdlib.h>

#include "base/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings s;
	char why[256] = "";

	settings_init(&s);
	if (!settings_parse(&s, (struct slice){ (const char *)data, size }, "fuzz", why,
			    sizeof(why)) &&
	    why[0] == '\0')
		abort();
	settings_release(&s);
	return 0;
}
