/* What recalls and holds are called in the reader's language. */
#include "web/console_recalls.h"

static const struct {
	const char *word;
	enum text text;
} words[] = {
	{ "recall", TEXT_recalls_kind_recall },
	{ "hold", TEXT_recalls_kind_hold },
	{ "quarantine", TEXT_recalls_kind_quarantine },
	{ "expire", TEXT_recalls_kind_expire },
	{ "counted", TEXT_recalls_counted },
	{ "running", TEXT_recalls_running },
	{ "proposed", TEXT_recalls_proposed },
	{ "ended", TEXT_recalls_ended },
	{ "high", TEXT_recalls_high },
	{ "medium", TEXT_recalls_medium },
	{ "low", TEXT_recalls_low },
};

static const struct {
	const char *word;
	enum text text;
} steps[] = {
	{ "counted", TEXT_recalls_step_counted },
	{ "described", TEXT_recalls_step_described },
	{ "proposed", TEXT_recalls_step_proposed },
	{ "started", TEXT_recalls_step_started },
	{ "lift_proposed", TEXT_recalls_step_lift_proposed },
	{ "lifted", TEXT_recalls_step_lifted },
	{ "declined", TEXT_recalls_step_declined },
	{ "expired", TEXT_recalls_step_expired },
};

struct slice recall_word(struct page *p, const json_t *object, const char *name)
{
	struct slice word = page_member(p, object, name);

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (slice_equal(word, slice_of(words[i].word)))
			return text_in(p->writer.language, words[i].text);
	return word;
}

struct slice recall_step(struct page *p, const json_t *object)
{
	struct slice word = page_member(p, object, "step");

	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if (slice_equal(word, slice_of(steps[i].word)))
			return text_in(p->writer.language, steps[i].text);
	return word;
}

bool recall_is(struct page *p, const json_t *object, const char *name, const char *word)
{
	return slice_equal(page_member(p, object, name), slice_of(word));
}

struct slice recall_joined(struct page *p, const char *format, struct slice a, struct slice b)
{
	struct buf text;
	struct slice copy;

	buf_init(&text, 4096);
	buf_add_format(&text, format, SLICE_ARG(a), SLICE_ARG(b));
	copy = buf_ok(&text) ? arena_copy(&p->request->arena, buf_slice(&text)) : a;
	buf_release(&text);
	return copy;
}
