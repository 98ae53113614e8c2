/*
 * Writes the page of every verdict, language and form to files, for the browser test and for human
 * eyes: render OUT BRAND.json PRODUCT.json LOT.json → OUT/recalled.zh-CN.html and .policy …
 * Pages of codes that name no product are made from empty documents.
 */
#include "base/file.h"
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

static bool render(const struct document_source *source, enum verdict v, unsigned language,
		   enum page_form form)
{
	struct document_source nothing = { .hidden = 0 };
	struct page_item item = item_of(v);
	const char *tag = page_languages[language];
	struct page_shared *shared;
	struct buf b;
	size_t size;
	bool ok = false;

	shared = page_shared_new(knows_nothing(v) ? &nothing : source, language, form, &size);
	buf_init(&b, 16 << 20);
	if (shared != NULL) {
		page_item_write(&b, shared, &item);
		ok = buf_ok(&b) && write_to(verdict_code(v), tag, endings[form], buf_slice(&b));
		if (form == PAGE_HTML)
			ok = ok && write_to(verdict_code(v), tag, "policy",
					    slice_of(page_security_policy(shared)));
	}
	buf_release(&b);
	page_shared_free(shared);
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
	for (int i = 0; i < 3; i++)
		buf_release(&texts[i]);
	if (!ok)
		fputs("render: usage, or a document that cannot be read\n", stderr);
	return ok ? 0 : 1;
}
