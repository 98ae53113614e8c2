/* The letters of the levels of error correction. */
#include "label/qr.h"

static const char level_letters[] = "LMQH";

char qr_level_letter(enum qr_level level)
{
	return level_letters[level];
}

bool qr_level_parse(struct slice text, enum qr_level *ret_level)
{
	const char *found;

	if (text.length != 1 || text.data[0] == '\0')
		return false;
	found = strchr(level_letters, text.data[0]);
	if (found == NULL)
		return false;
	*ret_level = (enum qr_level)(found - level_letters);
	return true;
}
