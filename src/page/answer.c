/* What the page says of one item. */
#include "page/answer.h"

#include "page/point.h"
#include "page/when.h"

enum { ANSWER_MAX = 1 << 20, SENTENCE_MAX = 64 << 10 };

/*
 * Label and sentence of each verdict. Where the value a sentence wants is not known, `bare` says it
 * without.
 */
static const struct {
	enum text label;
	enum text sentence;
	const char *wants; /* "" when the sentence wants nothing */
	enum text bare;
} sayings[VERDICT_COUNT] = {
	[VERDICT_ACTIVE] = { TEXT_label_active, TEXT_verdict_active, "brand",
			     TEXT_verdict_active_unnamed },
	[VERDICT_INACTIVE] = { TEXT_label_inactive, TEXT_verdict_inactive, "", 0 },
	[VERDICT_CONSUMED] = { TEXT_label_consumed, TEXT_verdict_consumed, "date",
			       TEXT_verdict_consumed_undated },
	[VERDICT_RECALLED] = { TEXT_label_recalled, TEXT_verdict_recalled, "", 0 },
	[VERDICT_HELD] = { TEXT_label_held, TEXT_verdict_held, "", 0 },
	[VERDICT_EXPIRED] = { TEXT_label_expired, TEXT_verdict_expired, "date",
			      TEXT_verdict_expired_undated },
	[VERDICT_BLOCKED] = { TEXT_label_blocked, TEXT_verdict_blocked, "reason",
			      TEXT_verdict_blocked_unexplained },
	[VERDICT_NEVER_ISSUED] = { TEXT_label_never_issued, TEXT_verdict_never_issued, "", 0 },
	[VERDICT_MISTYPED] = { TEXT_label_mistyped, TEXT_verdict_mistyped, "n",
			       TEXT_verdict_mistyped_somewhere },
	[VERDICT_BAD_LINK] = { TEXT_label_bad_link, TEXT_verdict_bad_link, "", 0 },
	[VERDICT_BUSY] = { TEXT_label_busy, TEXT_verdict_busy, "", 0 },
};

static void set_flags(struct view_answer *v, enum verdict verdict)
{
#define VERDICT(symbol, code, status) v->symbol = verdict == VERDICT_##symbol;
#include "model/verdict.def"
#undef VERDICT
}

static struct text_value value_of(const struct answer *a, const struct answer_ground *ground,
				  enum verdict verdict, struct slice date)
{
	struct text_value value = { .name = slice_of(sayings[verdict].wants) };

	if (slice_equal(value.name, S("brand"))) {
		value.words = ground->brand;
	} else if (slice_equal(value.name, S("date"))) {
		value.words.text = date;
	} else if (slice_equal(value.name, S("reason"))) {
		value.words = a->view.reason;
	} else {
		value.is_number = true;
		value.number = a->view.mistyped_at;
	}
	return value;
}

static void say(struct answer *a, const struct answer_ground *ground, enum verdict verdict)
{
	struct slice date = a->view.since;
	struct text_value value;
	struct buf sentence;
	struct writer w = { .out = &sentence, .language = ground->language };
	bool known;

	a->view.label = text_in(ground->language, sayings[verdict].label);
	if (a->view.early) {
		a->view.label = text_in(ground->language, TEXT_label_expired_early);
		a->view.sentence = text_in(ground->language, TEXT_verdict_expired_early);
		return;
	}
	if (sayings[verdict].wants[0] == '\0') {
		a->view.sentence = text_in(ground->language, sayings[verdict].sentence);
		return;
	}
	if (verdict == VERDICT_EXPIRED)
		date = ground->best_before.length == 0
			   ? ground->best_before
			   : when_date(&a->memory, ground->language, ground->best_before);
	value = value_of(a, ground, verdict, date);
	known = value.is_number ? value.number > 0 : value.words.text.length > 0;
	if (!known) {
		a->view.sentence = text_in(ground->language, sayings[verdict].bare);
		return;
	}
	buf_init(&sentence, SENTENCE_MAX);
	print_text(&w, IN_PLAIN, sayings[verdict].sentence, &value, 1);
	a->view.sentence = buf_ok(&sentence) ? arena_copy(&a->memory, buf_slice(&sentence))
					     : text_in(ground->language, sayings[verdict].bare);
	buf_release(&sentence);
}

static bool is_day(struct slice s)
{
	struct date unused;

	return date_parse(s, &unused);
}

/* Dates as they are told, and as they stand in an attribute; both empty when there is none. */
static void set_date(struct answer *a, unsigned language, struct slice day, struct slice *ret_text,
		     struct slice *ret_iso)
{
	if (!is_day(day))
		return;
	*ret_text = when_date(&a->memory, language, day);
	*ret_iso = day;
}

/* What is told of an item that exists; a code that names none has not been looked at. */
static void add_visits(struct answer *a, unsigned language, const struct page_item *item)
{
	struct view_answer *v = &a->view;
	struct slice date = { NULL, 0 };

	if (item->visits == 0 || !v->is_item)
		return;
	set_date(a, language, item->first_seen, &date, &v->first_seen_iso);
	if (date.length == 0)
		return;
	v->visits = item->visits;
	v->many_visits = item->many_visits;
	if (item->visits == 1)
		v->visited_once = date;
	else
		v->visits_date = date;
}

static void add_pin(struct answer *a, unsigned language, const struct page_item *item)
{
	struct view_answer *v = &a->view;

	if (!v->is_item)
		return;
	v->PIN_ASKED = item->pin == PAGE_PIN_ASKED;
	v->PIN_WRONG = item->pin == PAGE_PIN_WRONG;
	v->PIN_RIGHT = item->pin == PAGE_PIN_RIGHT;
	v->PIN_OPENED = item->pin == PAGE_PIN_OPENED;
	v->PIN_LOCKED = item->pin == PAGE_PIN_LOCKED;
	v->PIN_BUSY = item->pin == PAGE_PIN_BUSY;
	v->pin = item->pin != PAGE_PIN_NONE;
	v->pin_form = v->PIN_ASKED || v->PIN_WRONG || v->PIN_BUSY;
	v->pin_left = v->PIN_ASKED || v->PIN_WRONG ? item->pin_left : 0;
	if (v->PIN_OPENED)
		set_date(a, language, item->pin_opened, &v->pin_opened, &v->pin_opened_iso);
}

static void point_at_mistake(struct answer *a, const struct page_item *item)
{
	struct pointed p = point_at(item->serial, a->view.mistyped_at);

	a->pointed = (struct view_pointed){ p.before, p.there, p.behind };
	if (p.there.length > 0)
		a->view.pointed = &a->pointed;
}

/* "https://host/01/…" from its first slash behind the host. */
static struct slice path_of(struct slice uri)
{
	struct slice rest = slice_from(uri, slice_starts(uri, S("https://")) ? 8 : uri.length);

	return slice_from(rest, slice_find(rest, '/'));
}

void answer_init(struct answer *a, const struct answer_ground *ground, const struct page_item *item)
{
	struct view_answer *v = &a->view;

	*a = (struct answer){ 0 };
	arena_init(&a->memory, ANSWER_MAX);
	set_flags(v, item->verdict);
	v->code = slice_of(verdict_code(item->verdict));
	v->brand = ground->brand;
	v->product = ground->product;
	v->warns = v->NEVER_ISSUED || v->MISTYPED;
	v->retype = v->warns || v->BAD_LINK;
	v->alone = ground->product.text.length == 0;
	v->contact = ground->contact;
	v->lang = slice_of(page_languages[ground->language]);
	v->is_item = !v->warns && !v->BAD_LINK && !v->BUSY;
	v->early = v->EXPIRED && item->expired_early;
	if (!v->EXPIRED || v->early) /* else the date that counts is the lot's */
		set_date(a, ground->language, item->since, &v->since, &v->since_iso);
	/* a reason that cannot be read is left out; the verdict stands without it */
	if ((v->RECALLED || v->HELD || v->BLOCKED || v->early) && item->reason.length > 0)
		(void)!words_read(&a->memory, item->reason, ground->language, &v->reason);
	v->mistyped_at = v->MISTYPED ? item->mistyped_at : 0;
	v->age_minutes = (item->age_seconds + 59) / 60;
	point_at_mistake(a, item);
	v->gtin = item->gtin;
	v->serial = item->serial;
	v->uri = item->uri;
	v->path = path_of(item->uri);
	v->origin = (struct slice){ item->uri.data, item->uri.length - v->path.length };
	v->photo = ground->photo;
	add_visits(a, ground->language, item);
	add_pin(a, ground->language, item);
	say(a, ground, item->verdict);
}

void answer_release(struct answer *a)
{
	if (a == NULL)
		return;
	arena_release(&a->memory);
}
