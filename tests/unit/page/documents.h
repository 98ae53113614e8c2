/* Documents for the page's tests: one in which every field holds a mark of its own. */
#ifndef SUYUAN_TESTS_PAGE_DOCUMENTS_H
#define SUYUAN_TESTS_PAGE_DOCUMENTS_H

#include "page/item.h"

static const char marked_brand[] =
    "{\"name\":{\"en\":\"MarkBrand\"},\"contact\":{\"phone\":\"+1 555 0100\","
    "\"email\":\"a@b.example\",\"url\":\"https://b.example/\"},\"accent\":\"#336699\"}";

static const char marked_product[] =
    "{\"gtin\":\"09506000134352\",\"updated\":\"2026-01-02T03:04:05Z\","
    "\"name\":{\"en\":\"mk-product-name\"},\"description\":{\"en\":\"mk-product-description\"},"
    "\"category\":{\"en\":\"mk-product-category\"},"
    "\"ingredients\":{\"en\":\"mk-product-ingredients\"},\"net_content\":\"mk-net-content\","
    "\"origin_country\":\"mk-origin-country\",\"origin_place\":{\"en\":\"mk-origin-place\"},"
    "\"responsible\":{\"en\":\"mk-responsible\"},\"care\":{\"en\":\"mk-care\"},"
    "\"photo\":{\"sha256\":\"71009bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\","
    "\"width\":771010,\"height\":480},"
    "\"price\":\"mk-unknown-member\"}";

static const char marked_lot[] =
    "{\"updated\":\"2026-01-03T03:04:05Z\",\"lot\":\"mk-lot-number\","
    "\"produced_on\":\"2031-01-07\",\"best_before\":\"2031-02-08\","
    "\"facility\":{\"en\":\"mk-facility\"},\"country\":\"mk-lot-country\","
    "\"place\":{\"en\":\"mk-lot-place\"},"
    "\"quantity\":{\"value\":\"771001\",\"unit\":\"mk-lot-unit\"},\"cost\":\"mk-unknown-member\","
    "\"materials\":[{\"name\":{\"en\":\"mk-material-name\"},\"country\":\"mk-material-country\","
    "\"share\":\"71.002\",\"recycled_share\":\"71.003\",\"hazard\":{\"en\":\"mk-hazard\"},"
    "\"supplier\":{\"en\":\"mk-material-supplier\"},\"secret\":\"mk-unknown-member\"}],"
    "\"inputs\":[{\"name\":{\"en\":\"mk-input-name\"},\"country\":\"mk-input-country\","
    "\"supplier\":{\"en\":\"mk-input-supplier\"},\"lot\":\"mk-input-lot\","
    "\"quantity\":{\"value\":\"771004\",\"unit\":\"mk-input-unit\"},"
    "\"received_on\":\"2031-03-09\"}],"
    "\"steps\":[{\"name\":{\"en\":\"mk-step-name\"},"
    "\"time\":{\"from\":\"2031-04-10T08:00:00+08:00\",\"to\":\"2031-04-10T09:00:00+08:00\"},"
    "\"place\":{\"en\":\"mk-step-place\"},\"parameters\":[{\"name\":{\"en\":\"mk-parameter\"},"
    "\"value\":\"mk-parameter-value\",\"unit\":\"mk-parameter-unit\"}]}],"
    "\"inspections\":[{\"test\":{\"en\":\"mk-test\"},\"method\":\"mk-method\","
    "\"value\":{\"number\":\"71.005\",\"unit\":\"mk-value-unit\"},"
    "\"limits\":{\"lower\":\"71.006\",\"upper\":\"71.007\",\"unit\":\"mk-limits-unit\"},"
    "\"verdict\":\"information\",\"time\":\"2031-05-11T08:00:00+08:00\","
    "\"laboratory\":{\"en\":\"mk-laboratory\"},\"instrument\":\"mk-instrument\","
    "\"certificate\":\"mk-certificate\"}],"
    "\"documents\":[{\"title\":{\"en\":\"mk-title\"},\"kind\":\"mk-kind\","
    "\"issuer\":{\"en\":\"mk-issuer\"},\"issued_on\":\"2031-06-12\","
    "\"sha256\":\"71008aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
    "\"file\":{\"sha256\":\"71010ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\","
    "\"type\":\"pdf\",\"bytes\":4096}}]}";

/* What tells that a field is there, in any form. */
static const char *const marks[FIELD_COUNT] = {
	[FIELD_PRODUCT_NAME] = "mk-product-name",
	[FIELD_PRODUCT_DESCRIPTION] = "mk-product-description",
	[FIELD_PRODUCT_CATEGORY] = "mk-product-category",
	[FIELD_PRODUCT_INGREDIENTS] = "mk-product-ingredients",
	[FIELD_PRODUCT_NET_CONTENT] = "mk-net-content",
	[FIELD_PRODUCT_ORIGIN_COUNTRY] = "mk-origin-country",
	[FIELD_PRODUCT_ORIGIN_PLACE] = "mk-origin-place",
	[FIELD_PRODUCT_RESPONSIBLE] = "mk-responsible",
	[FIELD_PRODUCT_CARE] = "mk-care",
	[FIELD_PRODUCT_PHOTO] = "71009bbb",
	[FIELD_LOT_NUMBER] = "mk-lot-number",
	[FIELD_LOT_PRODUCED_ON] = "2031-01-07",
	[FIELD_LOT_BEST_BEFORE] = "2031-02-08",
	[FIELD_LOT_FACILITY] = "mk-facility",
	[FIELD_LOT_COUNTRY] = "mk-lot-country",
	[FIELD_LOT_PLACE] = "mk-lot-place",
	[FIELD_LOT_QUANTITY] = "771001",
	[FIELD_MATERIAL_NAME] = "mk-material-name",
	[FIELD_MATERIAL_COUNTRY] = "mk-material-country",
	[FIELD_MATERIAL_SHARE] = "71.002",
	[FIELD_MATERIAL_RECYCLED_SHARE] = "71.003",
	[FIELD_MATERIAL_HAZARD] = "mk-hazard",
	[FIELD_MATERIAL_SUPPLIER] = "mk-material-supplier",
	[FIELD_INPUT_NAME] = "mk-input-name",
	[FIELD_INPUT_COUNTRY] = "mk-input-country",
	[FIELD_INPUT_SUPPLIER] = "mk-input-supplier",
	[FIELD_INPUT_LOT] = "mk-input-lot",
	[FIELD_INPUT_QUANTITY] = "771004",
	[FIELD_INPUT_RECEIVED_ON] = "2031-03-09",
	[FIELD_STEP_NAME] = "mk-step-name",
	[FIELD_STEP_TIME] = "2031-04-10",
	[FIELD_STEP_PLACE] = "mk-step-place",
	[FIELD_STEP_PARAMETERS] = "mk-parameter",
	[FIELD_INSPECTION_TEST] = "mk-test",
	[FIELD_INSPECTION_METHOD] = "mk-method",
	[FIELD_INSPECTION_VALUE] = "71.005",
	[FIELD_INSPECTION_LIMITS] = "71.006",
	[FIELD_INSPECTION_VERDICT] = "nformation",
	[FIELD_INSPECTION_TIME] = "2031-05-11",
	[FIELD_INSPECTION_LABORATORY] = "mk-laboratory",
	[FIELD_INSPECTION_INSTRUMENT] = "mk-instrument",
	[FIELD_INSPECTION_CERTIFICATE] = "mk-certificate",
	[FIELD_DOCUMENT_TITLE] = "mk-title",
	[FIELD_DOCUMENT_KIND] = "mk-kind",
	[FIELD_DOCUMENT_ISSUER] = "mk-issuer",
	[FIELD_DOCUMENT_ISSUED_ON] = "2031-06-12",
	[FIELD_DOCUMENT_DIGEST] = "71008aaa",
	[FIELD_DOCUMENT_FILE] = "71010ccc",
};

static inline struct document_source marked_source(void)
{
	return (struct document_source){ slice_of(marked_brand), slice_of(marked_product),
					 slice_of(marked_lot), 0 };
}

static inline unsigned language_named(const char *tag)
{
	for (unsigned i = 0; i < page_language_count; i++)
		if (strcmp(page_languages[i], tag) == 0)
			return i;
	return page_language_count;
}

static inline struct page_item plain_item(enum verdict v)
{
	return (struct page_item){
		.verdict = v,
		.gtin = S("09506000134352"),
		.serial = S("A7K2M9QX4TB8WZ"),
		.uri = S("https://id.example.com/01/09506000134352/21/A7K2M9QX4TB8WZ"),
		.since = S("2026-09-14"),
		.mistyped_at = 9,
	};
}

/* The whole answer as a string; the test frees it. NULL when the documents were refused. */
static inline char *answer_to(const struct document_source *source, unsigned language,
			      enum page_form form, const struct page_item *item)
{
	size_t size = 0;
	struct page_shared *shared = page_shared_new(source, language, form, &size);
	struct buf b;

	if (shared == NULL)
		return NULL;
	buf_init(&b, 64 << 20);
	page_item_write(&b, shared, item);
	page_shared_free(shared);
	if (!buf_ok(&b) || buf_string(&b) == NULL) {
		buf_release(&b);
		return NULL;
	}
	return b.data;
}

#endif
