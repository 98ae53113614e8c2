/*
 * What can be said of a form or a request, by code (messages.def): machines are told the code and
 * words in English, people the text "message.CODE" in their language.
 */
#ifndef SUYUAN_WEB_MESSAGES_H
#define SUYUAN_WEB_MESSAGES_H

#include "base/slice.h"

enum message {
#define MESSAGE(code, words) MESSAGE_##code,
#include "web/messages.def"
#undef MESSAGE
	MESSAGE_COUNT,
};

/* "required" */
const char *message_code(enum message m);
/* What a code of messages.def tells machines; the code itself where there is none. */
const char *message_words(const char *code);
/* What it tells people; empty where there is none. */
struct slice message_text(unsigned language, struct slice code);
/* What a refusal that names no code says by its status alone, so that all of them have words. */
enum message message_of_status(int status);

#endif
