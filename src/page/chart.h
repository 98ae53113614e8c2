/*
 * Bar charts, drawn as SVG by templates/console/console_chart.html: this makes what that prints.
 * Bars stand (days, hours) or lie (products: long names); each is a stack of up to three kinds,
 * which differ by how they are filled, not by colour alone. Coordinates are whole pixels of the
 * viewBox.
 */
#ifndef SUYUAN_PAGE_CHART_H
#define SUYUAN_PAGE_CHART_H

#include "base/arena.h"
#include "page/templates.h"

enum { CHART_KINDS = 3, CHART_TICKS = 6 };

struct chart_bar {
	struct slice name;  /* at the axis */
	struct slice words; /* for who points at it */
	uint64_t values[CHART_KINDS];
};

struct chart {
	struct slice id, title, description; /* id: of the elements that readers refer to */
	struct slice kinds[CHART_KINDS];
	unsigned kind_count;
	bool lying;
	const struct chart_bar *bars;
	size_t bar_count;
};

/*
 * The step between numbers of an axis that reaches `most`, 1, 2 or 5 times a power of ten: at most
 * CHART_TICKS - 1 steps are needed. At least 1.
 */
uint64_t chart_step(uint64_t most);
/* `text` cut to `most` characters of UTF-8, the last being "…" then. In `memory`. */
struct slice chart_cut(struct arena *memory, struct slice text, size_t most);
/* In `memory`, like all it points to; NULL: there was none left. */
MUSTCHECK struct view_console_chart *chart_view(struct arena *memory, const struct chart *chart);

#endif
