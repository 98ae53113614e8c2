/* What every public page but the item's own begins and ends with. */
#include "page/sheet.h"

#include "page/assets.h"
#include "page/colour.h"
#include "page/policy.h"

enum { CSS_MAX = 1 << 20 };

/* The style sheet in the house's own colours; it and its policy are made once. */
static struct {
	struct buf css;
	struct policy policy;
	bool made;
} house;

static struct slice house_css(void)
{
	if (!house.made) {
		buf_init(&house.css, CSS_MAX);
		buf_add_slice(&house.css, assets[ASSET_page_css].content);
		colour_accent_rules(&house.css, S(""));
		policy_of_css(buf_slice(&house.css), &house.policy);
		house.made = true;
	}
	return buf_slice(&house.css);
}

const char *sheet_policy(void)
{
	(void)house_css();
	return house.policy.text;
}

void sheet_init(struct sheet *sheet, unsigned language, struct slice title, struct slice label)
{
	for (unsigned i = 0; i < LANGUAGE_COUNT; i++)
		sheet->languages[i] = (struct view_language){
			.tag = slice_of(page_languages[i]),
			.name = text_in(i, TEXT_language_name),
			.current = i == language,
		};
	sheet->view = (struct view_sheet){
		.lang = slice_of(page_languages[language]),
		.css = house_css(),
		.title = title,
		.label = label,
		.languages = sheet->languages,
		.languages_count = LANGUAGE_COUNT,
	};
}
