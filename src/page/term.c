/* Words for the few codes that records and documents hold. */
#include "page/term.h"

struct term {
	const char *code;
	enum text text;
};

static const struct term verdicts[] = {
	{ "pass", TEXT_result_pass },
	{ "fail", TEXT_result_fail },
	{ "missing", TEXT_result_missing },
	{ "information", TEXT_result_information },
};

static const struct term papers[] = {
	{ "certificate", TEXT_papers_certificate },
	{ "report", TEXT_papers_report },
	{ "declaration", TEXT_papers_declaration },
	{ "manual", TEXT_papers_manual },
	{ "other", TEXT_papers_other },
};

static struct slice words_of(const struct term *terms, size_t count, unsigned language,
			     struct slice code)
{
	for (size_t i = 0; i < count; i++)
		if (slice_equal(code, slice_of(terms[i].code)))
			return text_in(language, terms[i].text);
	return code;
}

struct slice term_verdict(unsigned language, struct slice verdict)
{
	return words_of(verdicts, COUNT_OF(verdicts), language, verdict);
}

struct slice term_paper(unsigned language, struct slice kind)
{
	return words_of(papers, COUNT_OF(papers), language, kind);
}
