/* Looks beside the program first, so that a checkout uses its own files. */
#include "base/installed.h"

#include <unistd.h>

void installed_path(const char *in_checkout, const char *packaged, char *ret_path, size_t size)
{
	/* from bin/suyuan and build/VARIANT/bin/suyuan */
	static const char *const ways[] = { "../", "../../../" };
	char program[3072];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	while (length > 0 && program[length - 1] != '/')
		length--;
	for (size_t i = 0; length > 0 && i < COUNT_OF(ways); i++) {
		(void)snprintf(ret_path, size, "%.*s%s%s", (int)length, program, ways[i],
			       in_checkout);
		if (access(ret_path, R_OK) == 0)
			return;
	}
	(void)snprintf(ret_path, size, "%s", packaged);
}
