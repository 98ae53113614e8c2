/* Judges new passwords. */
#include "model/password.h"

static const struct slice common[] = {
#define COMMON(text) SLICE(text),
#include "model/password_common.def"
#undef COMMON
};

enum { TAIL = 3 }; /* characters behind a common word that make it no better */

static size_t characters(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

/* "abcabcabcab": the first `period` bytes again and again, from the first on. */
static bool repeats(struct slice text, size_t period)
{
	for (size_t i = period; i < text.length; i++)
		if (text.data[i] != text.data[i - period])
			return false;
	return true;
}

/* "abcdefghijkl", "987654321098": each character one step from the one before, 0 after 9. */
static bool is_row(struct slice text, int step)
{
	for (size_t i = 1; i < text.length; i++) {
		int from = text.data[i - 1], to = text.data[i];

		if (to - from != step && !(from == '9' && to == '0') && !(from == '0' && to == '9'))
			return false;
	}
	return true;
}

/* The word itself, or said again, and little more. */
static bool is_made_of(struct slice text, struct slice word)
{
	size_t at = 0;

	if (word.length < 4)
		return false;
	while (text.length - at >= word.length &&
	       slice_equal_nocase((struct slice){ text.data + at, word.length }, word))
		at += word.length;
	return at > 0 && text.length - at <= TAIL;
}

static bool is_common(struct slice text)
{
	for (size_t i = 0; i < COUNT_OF(common); i++)
		if (is_made_of(text, common[i]))
			return true;
	return false;
}

enum password_result password_judge(struct slice password, struct slice name)
{
	size_t length = characters(password);

	if (length < PASSWORD_LEAST)
		return PASSWORD_TOO_SHORT;
	if (length > PASSWORD_MOST)
		return PASSWORD_TOO_LONG;
	for (size_t period = 1; period <= password.length / 3; period++)
		if (repeats(password, period))
			return PASSWORD_COMMON;
	if (is_row(password, 1) || is_row(password, -1) || is_common(password) ||
	    is_made_of(password, name))
		return PASSWORD_COMMON;
	return PASSWORD_OK;
}

const char *password_fault(enum password_result result)
{
	switch (result) {
	case PASSWORD_OK:
		break;
	case PASSWORD_TOO_SHORT:
		return "password_short";
	case PASSWORD_TOO_LONG:
		return "password_long";
	case PASSWORD_COMMON:
		return "password_common";
	}
	return NULL;
}
