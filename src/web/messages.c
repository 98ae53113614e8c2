/* The table of messages.def, and what is found in it. */
#include "web/messages.h"

#include <string.h>

#include "base/base.h"
#include "page/texts.h"

static const struct {
	const char *code, *words;
	enum text text;
} messages[] = {
#define MESSAGE(code, words) { #code, words, TEXT_message_##code },
#include "web/messages.def"
#undef MESSAGE
};

const char *message_code(enum message m)
{
	return messages[m].code;
}

const char *message_words(const char *code)
{
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		if (strcmp(messages[i].code, code) == 0)
			return messages[i].words;
	return code;
}

struct slice message_text(unsigned language, struct slice code)
{
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		if (slice_equal(code, slice_of(messages[i].code)))
			return text_in(language, messages[i].text);
	return (struct slice){ "", 0 };
}

enum message message_of_status(int status)
{
	static const struct {
		int status;
		enum message message;
	} known[] = {
		{ 401, MESSAGE_not_signed_in }, { 403, MESSAGE_no_right },
		{ 404, MESSAGE_no_such_thing }, { 409, MESSAGE_not_now },
		{ 413, MESSAGE_too_long },	{ 415, MESSAGE_body_unreadable },
		{ 429, MESSAGE_too_often },	{ 500, MESSAGE_our_mistake },
		{ 503, MESSAGE_try_again },	{ 507, MESSAGE_no_room },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].status == status)
			return known[i].message;
	return MESSAGE_refused;
}
