/*
 * Fuzzes the public documents through to the answer: three JSON texts with NUL between them, in
 * front of them a byte each for verdict, language and form, and eight for what is hidden. Whatever
 * they say, the page keeps its one script, title and style, and the JSON forms are JSON without
 * '<'.
 */
#include <assert.h>
#include <jansson.h>

#include "page/item.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 11 };

static size_t count(struct slice text, struct slice part)
{
	size_t n = 0;

	for (size_t i = 0; i + part.length <= text.length; i++)
		n += memcmp(text.data + i, part.data, part.length) == 0;
	return n;
}

static void check_html(struct slice text)
{
	assert(count(text, S("<script")) == 1);
	assert(count(text, S("</script")) == 1);
	assert(count(text, S("<style")) == 1);
	assert(count(text, S("<title>")) == 1);
	assert(count(text, S("<body>")) == 1);
	assert(count(text, S("javascript:\"")) == 0);
	assert(count(text, S("href=\"javascript")) == 0);
	assert(slice_ends(text, S("</html>")));
}

static void check_json(struct slice text)
{
	json_t *json = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);

	assert(json != NULL);
	assert(memchr(text.data, '<', text.length) == NULL);
	json_decref(json);
}

static void check_answer(const struct page_shared *shared, enum page_form form,
			 const struct page_item *item)
{
	struct buf out;

	buf_init(&out, 64 << 20);
	page_item_write(&out, shared, item);
	assert(buf_ok(&out));
	if (form == PAGE_HTML)
		check_html(buf_slice(&out));
	else
		check_json(buf_slice(&out));
	buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, parts[4] = { { NULL, 0 } };
	struct document_source source;
	struct page_shared *shared;
	struct page_item item;
	enum page_form form;
	size_t memory = 0;

	if (size < HEAD)
		return 0;
	rest = slice_from(rest, HEAD);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		(void)!slice_cut(&rest, '\0', &parts[i]);
	form = data[2] % PAGE_FORM_COUNT;
	source = (struct document_source){ parts[0], parts[1], parts[2], 0 };
	memcpy(&source.hidden, data + 3, sizeof(source.hidden));
	shared = page_shared_new(&source, data[1] % page_language_count, form, &memory);
	if (shared == NULL)
		return 0;
	item =
	    (struct page_item){ .verdict = data[0] % VERDICT_COUNT,
				.gtin = S("09506000134352"),
				.serial = S("A7K2M9QX4TB8WZ"),
				.uri =
				    S("https://id.example.com/01/09506000134352/21/A7K2M9QX4TB8WZ"),
				.since = S("2026-09-14"),
				.reason = parts[3],
				.mistyped_at = data[0],
				.age_seconds = data[1] };
	check_answer(shared, form, &item);
	page_shared_free(shared);
	return 0;
}
