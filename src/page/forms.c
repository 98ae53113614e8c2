/* The pages for typing a code and for reporting one. */
#include "page/forms.h"

#include "page/point.h"
#include "page/sheet.h"

const char *page_forms_policy(void)
{
	return sheet_policy();
}

static unsigned known_language(unsigned language)
{
	return language < LANGUAGE_COUNT ? language : 0;
}

static uint64_t minutes_of(unsigned seconds)
{
	return seconds == 0 ? 1 : ((uint64_t)seconds + 59) / 60;
}

/* --- typing a code ---------------------------------------------------------------------------- */

static struct slice check_label(unsigned language, const struct page_check *check)
{
	static const enum text labels[] = {
		[PAGE_CHECK_ASKING] = 0,
		[PAGE_CHECK_UNREADABLE] = TEXT_check_unreadable,
		[PAGE_CHECK_NO_GTIN] = TEXT_check_no_gtin,
		[PAGE_CHECK_BAD_GTIN] = TEXT_check_bad_gtin,
		[PAGE_CHECK_MISTYPED] = TEXT_label_mistyped,
		[PAGE_CHECK_NEVER_ISSUED] = TEXT_label_never_issued,
		[PAGE_CHECK_NOT_FOUND] = TEXT_check_not_found,
		[PAGE_CHECK_TOO_MANY] = TEXT_check_too_many,
		[PAGE_CHECK_BUSY] = TEXT_label_busy,
	};

	return check->state == PAGE_CHECK_ASKING ? S("") : text_in(language, labels[check->state]);
}

void page_check_write(struct buf *out, unsigned language, const struct page_check *check)
{
	struct writer w = { .out = out, .language = known_language(language) };
	struct sheet around;
	struct pointed pointed;
	struct view_pointed code;
	struct view_check v = {
		.lang = slice_of(page_languages[w.language]),
		.sheet = &around.view,
		.languages = around.languages,
		.languages_count = LANGUAGE_COUNT,
		.ASKING = check->state == PAGE_CHECK_ASKING,
		.UNREADABLE = check->state == PAGE_CHECK_UNREADABLE,
		.NO_GTIN = check->state == PAGE_CHECK_NO_GTIN,
		.BAD_GTIN = check->state == PAGE_CHECK_BAD_GTIN,
		.MISTYPED = check->state == PAGE_CHECK_MISTYPED,
		.NEVER_ISSUED = check->state == PAGE_CHECK_NEVER_ISSUED,
		.NOT_FOUND = check->state == PAGE_CHECK_NOT_FOUND,
		.TOO_MANY = check->state == PAGE_CHECK_TOO_MANY,
		.BUSY = check->state == PAGE_CHECK_BUSY,
		.minutes = minutes_of(check->seconds),
		.gtin = check->gtin,
		.code = check->code,
	};

	v.wrong = v.UNREADABLE || v.MISTYPED;
	v.wrong_gtin = v.NO_GTIN || v.BAD_GTIN;
	v.position = v.wrong ? check->position : 0;
	pointed = point_at(check->code, v.position);
	code = (struct view_pointed){ pointed.before, pointed.there, pointed.behind };
	v.pointed = pointed.there.length > 0 ? &code : NULL;
	sheet_init(&around, w.language, text_in(w.language, TEXT_check),
		   check_label(w.language, check));
	template_check(&w, &v);
}

/* --- reporting one ---------------------------------------------------------------------------- */

static struct slice refusal(unsigned language, enum page_report_wrong wrong)
{
	static const enum text reasons[] = {
		[PAGE_REPORT_NOTHING_SAID] = TEXT_report_nothing_said,
		[PAGE_REPORT_PLACE_TOO_LONG] = TEXT_report_place_too_long,
		[PAGE_REPORT_NOTE_TOO_LONG] = TEXT_report_note_too_long,
		[PAGE_REPORT_PHOTO_TOO_LARGE] = TEXT_report_photo_too_large,
		[PAGE_REPORT_PHOTO_NO_PICTURE] = TEXT_report_photo_no_picture,
		[PAGE_REPORT_CODE_UNKNOWN] = TEXT_report_code_unknown,
	};

	return text_in(language, reasons[wrong]);
}

static struct slice report_label(unsigned language, enum page_report_state state)
{
	static const enum text labels[] = {
		[PAGE_REPORT_ASKING] = 0,
		[PAGE_REPORT_REFUSED] = TEXT_report_refused,
		[PAGE_REPORT_DONE] = TEXT_report_done,
		[PAGE_REPORT_TOO_MANY] = TEXT_report_too_many,
		[PAGE_REPORT_BUSY] = TEXT_report_busy,
	};

	return state == PAGE_REPORT_ASKING ? S("") : text_in(language, labels[state]);
}

static void mark_wrong(struct view_report *v, enum page_report_wrong wrong)
{
	v->code_wrong = wrong == PAGE_REPORT_CODE_UNKNOWN;
	v->place_wrong = wrong == PAGE_REPORT_PLACE_TOO_LONG;
	v->note_wrong = wrong == PAGE_REPORT_NOTE_TOO_LONG || wrong == PAGE_REPORT_NOTHING_SAID;
	v->photo_wrong =
	    wrong == PAGE_REPORT_PHOTO_TOO_LARGE || wrong == PAGE_REPORT_PHOTO_NO_PICTURE;
}

void page_report_write(struct buf *out, unsigned language, const struct page_report *report)
{
	struct writer w = { .out = out, .language = known_language(language) };
	struct sheet around;
	struct view_report v = {
		.lang = slice_of(page_languages[w.language]),
		.sheet = &around.view,
		.languages = around.languages,
		.languages_count = LANGUAGE_COUNT,
		.ASKING = report->state == PAGE_REPORT_ASKING,
		.REFUSED = report->state == PAGE_REPORT_REFUSED,
		.DONE = report->state == PAGE_REPORT_DONE,
		.TOO_MANY = report->state == PAGE_REPORT_TOO_MANY,
		.BUSY = report->state == PAGE_REPORT_BUSY,
		.code = report->code,
		.place = report->place,
		.note = report->note,
		.reference = report->reference,
		.photo_most_mb = report->photo_most_mb,
		.minutes = minutes_of(report->seconds),
	};

	v.form = !v.DONE;
	if (v.REFUSED) {
		v.refused = refusal(w.language, report->wrong);
		mark_wrong(&v, report->wrong);
	}
	v.code_known = report->code.length > 0 && !v.code_wrong;
	sheet_init(&around, w.language, text_in(w.language, TEXT_report),
		   report_label(w.language, report->state));
	template_report(&w, &v);
}
