/* The flags of countries, drawn small. */
#include "page/flag.h"

enum { PARTS_MAX = 16, COLOUR_LENGTH = 3 };

static const struct {
	char code[3];
	struct slice drawing;
} flags[] = {
#define FLAG(code, drawing) { #code, SLICE(drawing) },
#include "page/flags.def"
#undef FLAG
};

static struct slice drawing_of(struct slice country)
{
	size_t low = 0, high = COUNT_OF(flags);

	if (country.length != 2)
		return S("");
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(country.data, flags[middle].code, 2);

		if (order == 0)
			return flags[middle].drawing;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return S("");
}

const struct view_flag *flag_of(struct arena *memory, struct slice country)
{
	struct slice rest = drawing_of(country), part;
	struct view_flag *flag;
	struct view_flag_part *parts;
	size_t count = 0;

	if (rest.length == 0)
		return NULL;
	flag = arena_alloc(memory, sizeof(*flag));
	parts = arena_array(memory, PARTS_MAX, sizeof(*parts));
	if (flag == NULL || parts == NULL)
		return NULL;
	while (count < PARTS_MAX && slice_cut(&rest, '|', &part))
		parts[count++] = (struct view_flag_part){
			.fill = { part.data, COLOUR_LENGTH },
			.path = slice_from(part, COLOUR_LENGTH + 1),
		};
	*flag = (struct view_flag){ .parts = parts, .parts_count = count };
	return flag;
}
