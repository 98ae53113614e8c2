/* What the tests of an item's answer share: the languages, and looking for words in a text. */
#ifndef SUYUAN_TESTS_PAGE_ITEMS_H
#define SUYUAN_TESTS_PAGE_ITEMS_H

#include "page/item.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "documents.h"

enum { EN, ZH, FR };
static unsigned languages[3]; /* by EN, ZH, FR, once find_languages() ran */

static inline bool has(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

static inline unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		n++;
	return n;
}

static inline void check_has(const char *text, const char *part, bool expected)
{
	if (has(text, part) != expected)
		fail_msg("\"%s\" %s", part, expected ? "is missing" : "should not be there");
}

static inline char *marked(field_set hidden, enum page_form form)
{
	struct document_source source = marked_source();
	struct page_item item = plain_item(VERDICT_ACTIVE);
	char *text;

	source.hidden = hidden;
	text = answer_to(&source, languages[EN], form, &item);
	assert_non_null(text);
	return text;
}

static inline char *said(enum verdict v, unsigned language, enum page_form form, bool known)
{
	struct document_source source = marked_source(), nothing = { .hidden = 0 };
	struct page_item item = plain_item(v);
	char *text;

	item.reason = S("{\"en\":\"stolen labels\",\"zh-CN\":\"标签被盗\"}");
	text = answer_to(known ? &source : &nothing, languages[language], form, &item);
	assert_non_null(text);
	return text;
}

/* Of cmocka's group. */
static inline int find_languages(void **state)
{
	(void)state;
	languages[EN] = language_named("en");
	languages[ZH] = language_named("zh-CN");
	languages[FR] = language_named("fr");
	for (size_t i = 0; i < COUNT_OF(languages); i++)
		if (languages[i] == page_language_count)
			return -1;
	return 0;
}

#endif
