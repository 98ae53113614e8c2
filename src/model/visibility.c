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
