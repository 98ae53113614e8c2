/* JSON lines on standard output. */
#include "cli/json_line.h"

void json_line_print(json_t *taken)
{
	(void)json_dumpf(taken, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(taken);
}
