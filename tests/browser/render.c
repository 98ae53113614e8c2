/*
 * Writes the page of every verdict, language and form to files, and every state of the PIN and of
 * the pages for typing and reporting, for the browser test and for human eyes:
 *
 *   render OUT BRAND.json PRODUCT.json LOT.json     → OUT/recalled.zh-CN.html and .policy …
 *
 * Pages of codes that name no product are made from empty documents.
 */
#include "base/file.h"
#include "page/forms.h"
#include "page/item.h"

static const char *const endings[PAGE_FORM_COUNT] = { "html", "json", "jsonld" };

static const char *out;

static bool knows_nothing(enum verdict v)
{
	return v == VERDICT_BAD_LINK || v == VERDICT_BUSY;
}

static struct page_item item_of(enum verdict v)
{
	struct page_item item = {
		.verdict = v,
		.gtin = S("09506000134352"),
		.serial = S("A7K2M9QX4TB8WZ"),
		.uri = S("https://id.example.com/01/09506000134352/21/A7K2M9QX4TB8WZ"),
		.since = S("2026-09-14"),
		.mistyped_at = 9,
		.visits = 3,
		.first_seen = S("2026-10-02"),
	};

	if (v == VERDICT_RECALLED)
		item.reason =
		    S("{\"zh-CN\":\"总灰分超出限值\",\"en\":\"Total ash above the limit\"}");
	if (v == VERDICT_BLOCKED)
		item.reason = S("{\"zh-CN\":\"标签被盗\",\"en\":\"labels were stolen\"}");
	if (v == VERDICT_BAD_LINK)
		item.gtin = item.serial = item.uri = S("");
	return item;
}

static bool write_to(const char *name, const char *tag, const char *ending, struct slice content)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s.%s.%s", out, name, tag, ending);
	return file_write(path, content);
}

static bool render_item(const struct document_source *source, const char *name,
			const struct page_item *item, unsigned language, enum page_form form)
{
	struct document_source nothing = { .hidden = 0 };
	const char *tag = page_languages[language];
	struct page_shared *shared;
	struct buf b;
	size_t size;
	bool ok = false;

	shared = page_shared_new(knows_nothing(item->verdict) ? &nothing : source, language, form,
				 &size);
	buf_init(&b, 16 << 20);
	if (shared != NULL) {
		page_item_write(&b, shared, item);
		ok = buf_ok(&b) && write_to(name, tag, endings[form], buf_slice(&b));
		if (form == PAGE_HTML)
			ok = ok &&
			     write_to(name, tag, "policy", slice_of(page_security_policy(shared)));
	}
	buf_release(&b);
	page_shared_free(shared);
	return ok;
}

static bool render(const struct document_source *source, enum verdict v, unsigned language,
		   enum page_form form)
{
	struct page_item item = item_of(v);

	return render_item(source, verdict_code(v), &item, language, form);
}

/* An item in use with a PIN, and one that was looked at often. */
static bool render_pins(const struct document_source *source, unsigned language)
{
	static const char *const names[] = {
		[PAGE_PIN_NONE] = "many-visits",  [PAGE_PIN_ASKED] = "pin-asked",
		[PAGE_PIN_WRONG] = "pin-wrong",	  [PAGE_PIN_RIGHT] = "pin-right",
		[PAGE_PIN_OPENED] = "pin-opened", [PAGE_PIN_LOCKED] = "pin-locked",
		[PAGE_PIN_BUSY] = "pin-busy",
	};
	bool ok = true;

	for (unsigned pin = 0; ok && pin < COUNT_OF(names); pin++) {
		struct page_item item = item_of(VERDICT_ACTIVE);

		item.pin = (enum page_pin)pin;
		item.pin_left = 4;
		item.pin_opened = S("2026-10-03");
		item.many_visits = pin == PAGE_PIN_NONE;
		item.visits = item.many_visits ? 41 : 1;
		for (enum page_form f = 0; ok && f < PAGE_FORM_COUNT; f++)
			ok = render_item(source, names[pin], &item, language, f);
	}
	return ok;
}

static bool write_form(struct buf *b, const char *name, unsigned language)
{
	const char *tag = page_languages[language];
	bool ok = buf_ok(b) && write_to(name, tag, "html", buf_slice(b)) &&
		  write_to(name, tag, "policy", slice_of(page_forms_policy()));

	buf_clear(b);
	return ok;
}

static bool render_checks(struct buf *b, unsigned language)
{
	static const char *const names[] = {
		[PAGE_CHECK_ASKING] = "check-asking",
		[PAGE_CHECK_UNREADABLE] = "check-unreadable",
		[PAGE_CHECK_NO_GTIN] = "check-no_gtin",
		[PAGE_CHECK_BAD_GTIN] = "check-bad_gtin",
		[PAGE_CHECK_MISTYPED] = "check-mistyped",
		[PAGE_CHECK_NEVER_ISSUED] = "check-never_issued",
		[PAGE_CHECK_NOT_FOUND] = "check-not_found",
		[PAGE_CHECK_TOO_MANY] = "check-too_many",
		[PAGE_CHECK_BUSY] = "check-busy",
	};
	bool ok = true;

	for (unsigned i = 0; ok && i < COUNT_OF(names); i++) {
		struct page_check check = { .state = (enum page_check_state)i };

		if (check.state != PAGE_CHECK_ASKING && check.state != PAGE_CHECK_NOT_FOUND)
			check = (struct page_check){ check.state, S("09506000134352"),
						     S("A7K2M9QX4TB8WZ"), 9, 180 };
		page_check_write(b, language, &check);
		ok = write_form(b, names[i], language);
	}
	return ok;
}

static bool render_reports(struct buf *b, unsigned language)
{
	static const char *const names[] = {
		[PAGE_REPORT_ASKING] = "report-asking", [PAGE_REPORT_REFUSED] = "report-refused",
		[PAGE_REPORT_DONE] = "report-done",	[PAGE_REPORT_TOO_MANY] = "report-too_many",
		[PAGE_REPORT_BUSY] = "report-busy",
	};
	bool ok = true;

	for (unsigned i = 0; ok && i < COUNT_OF(names); i++) {
		struct page_report report = { .state = (enum page_report_state)i,
					      .wrong = PAGE_REPORT_PHOTO_TOO_LARGE,
					      .reference = S("R-7KQ2"),
					      .photo_most_mb = 5,
					      .seconds = 600 };

		if (report.state != PAGE_REPORT_ASKING)
			report.code = S("/01/09506000134352/21/A7K2M9QX4TB8WZ");
		page_report_write(b, language, &report);
		ok = write_form(b, names[i], language);
	}
	return ok;
}

static bool render_forms(unsigned language)
{
	struct buf b;
	bool ok;

	buf_init(&b, 16 << 20);
	ok = render_checks(&b, language) && render_reports(&b, language);
	buf_release(&b);
	return ok;
}

int main(int argc, char **argv)
{
	struct buf texts[3];
	struct document_source source;
	bool ok = argc == 5;

	for (int i = 0; i < 3; i++) {
		buf_init(&texts[i], 16 << 20);
		ok = ok && file_read(argv[i + 2], &texts[i]);
	}
	source = (struct document_source){ buf_slice(&texts[0]), buf_slice(&texts[1]),
					   buf_slice(&texts[2]), 0 };
	out = ok ? argv[1] : "";
	for (enum verdict v = 0; ok && v < VERDICT_COUNT; v++)
		for (unsigned l = 0; ok && l < page_language_count; l++)
			for (enum page_form f = 0; ok && f < PAGE_FORM_COUNT; f++)
				ok = render(&source, v, l, f);
	for (unsigned l = 0; ok && l < page_language_count; l++)
		ok = render_pins(&source, l) && render_forms(l);
	for (int i = 0; i < 3; i++)
		buf_release(&texts[i]);
	if (!ok)
		fputs("render: usage, or a document that cannot be read\n", stderr);
	return ok ? 0 : 1;
}
