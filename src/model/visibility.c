/* The catalogue of fields that may be public. */
#include "model/visibility.h"

static const struct field_description fields[FIELD_COUNT] = {
#define FIELD(symbol, field_name, in_section, its_member) \
	[FIELD_##symbol] = { .name = field_name, .section = in_section, .member = its_member },
#include "model/visibility.def"
#undef FIELD
	[FIELD_MATERIAL_NAME].heading = true,  [FIELD_INPUT_NAME].heading = true,
	[FIELD_STEP_NAME].heading = true,      [FIELD_INSPECTION_TEST].heading = true,
	[FIELD_DOCUMENT_TITLE].heading = true,
};

static const char *const sections[SECTION_COUNT] = {
	[SECTION_MATERIALS] = "materials", [SECTION_INPUTS] = "inputs",
	[SECTION_STEPS] = "steps",	   [SECTION_INSPECTIONS] = "inspections",
	[SECTION_DOCUMENTS] = "documents",
};

const struct field_description *field_describe(enum field f)
{
	return &fields[f];
}

bool field_named(struct slice name, enum field *ret_field)
{
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		if (slice_equal(name, slice_of(fields[f].name))) {
			*ret_field = f;
			return true;
		}
	}
	return false;
}

const char *section_member(enum section s)
{
	return sections[s];
}

/* --- choices ------------------------------------------------------------------------------- */

static const char *const choices[CHOICE_COUNT] = {
	[CHOICE_HIDE] = "hide",	      [CHOICE_SHOW] = "show",	    [CHOICE_INHERIT] = "inherit",
	[CHOICE_DATE] = "date",	      [CHOICE_MONTH] = "month",	    [CHOICE_YEAR] = "year",
	[CHOICE_PLACE] = "place",     [CHOICE_COUNTRY] = "country", [CHOICE_ROUNDED] = "rounded",
	[CHOICE_VERDICT] = "verdict",
};

static const struct {
	enum field field;
	enum choice choice;
} coarser[] = {
#define COARSER(symbol, form) { FIELD_##symbol, CHOICE_##form },
#include "model/coarser.def"
#undef COARSER
};

static const struct private_description never_shown[] = {
#define PRIVATE(field_name, in_section) { field_name, in_section },
#include "model/private.def"
#undef PRIVATE
};

const char *choice_name(enum choice c)
{
	return choices[c];
}

bool choice_named(struct slice name, enum choice *ret_choice)
{
	for (enum choice c = 0; c < CHOICE_COUNT; c++) {
		if (slice_equal(name, slice_of(choices[c]))) {
			*ret_choice = c;
			return true;
		}
	}
	return false;
}

bool field_may_be(enum field f, enum choice c, bool product)
{
	if (c == CHOICE_HIDE || c == CHOICE_SHOW)
		return true;
	if (c == CHOICE_INHERIT)
		return product;
	for (size_t i = 0; i < COUNT_OF(coarser); i++)
		if (coarser[i].field == f && coarser[i].choice == c)
			return true;
	return false;
}

const struct private_description *private_fields(size_t *ret_count)
{
	*ret_count = COUNT_OF(never_shown);
	return never_shown;
}
