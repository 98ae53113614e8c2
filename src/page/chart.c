/* Lays out bar charts. */
#include "page/chart.h"

#include <stdio.h>

/* Pixels of the viewBox. */
enum {
	STANDING_WIDTH = 960, /* at least; bars are never narrower than BAR_LEAST */
	STANDING_HEIGHT = 300,
	LYING_WIDTH = 960,
	BAR_LEAST = 5,
	BAR_MOST = 40,
	ROW = 26,
	LEFT = 64,	  /* numbers of the axis */
	LEFT_LYING = 260, /* names of the bars */
	NAME_MOST = 28,
	RIGHT = 24,
	TOP = 16,
	BOTTOM = 36,
	NAME_ROOM = 84, /* of a name below standing bars */
	GAP_OF = 5,	/* a fifth of a bar's place is left free */
};

/* Classes: solid, hollow, hatched. */
static const struct slice classes[CHART_KINDS] = { SLICE("first-kind"), SLICE("second-kind"),
						   SLICE("third-kind") };

uint64_t chart_step(uint64_t most)
{
	uint64_t step = 1;

	for (;;) {
		static const uint64_t parts[] = { 1, 2, 5 };

		for (unsigned i = 0; i < COUNT_OF(parts); i++)
			if (most / (step * parts[i]) < CHART_TICKS - 1)
				return step * parts[i];
		if (step > UINT64_MAX / 100)
			return step * 5;
		step *= 10;
	}
}

struct slice chart_cut(struct arena *memory, struct slice text, size_t most)
{
	size_t characters = 0, end = 0;
	struct slice cut;
	char room[4 * 256];

	for (size_t i = 0; i < text.length; i++) {
		if (((unsigned char)text.data[i] & 0xc0) == 0x80)
			continue;
		characters++;
		if (characters == most)
			end = i;
	}
	if (characters <= most || end > sizeof(room) - 4)
		return text;
	memcpy(room, text.data, end);
	memcpy(room + end, "…", 3);
	cut = arena_copy(memory, (struct slice){ room, end + 3 });
	return cut;
}

/* --- measures --- */

struct layout {
	struct arena *memory;
	const struct chart *chart;
	struct view_console_chart *view;
	uint64_t step, top_value;
	uint64_t length;       /* pixels of top_value */
	uint64_t place, thick; /* of a bar, and how much of it is filled */
	uint64_t left;
};

static uint64_t sum_of(const struct chart_bar *bar, unsigned kinds)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < kinds; i++)
		sum += bar->values[i];
	return sum;
}

static void measure(struct layout *l)
{
	const struct chart *c = l->chart;
	uint64_t most = 1, room = STANDING_WIDTH - LEFT - RIGHT;

	for (size_t i = 0; i < c->bar_count; i++)
		if (sum_of(&c->bars[i], c->kind_count) > most)
			most = sum_of(&c->bars[i], c->kind_count);
	l->step = chart_step(most);
	l->top_value = (most + l->step - 1) / l->step * l->step;
	l->left = c->lying ? LEFT_LYING : LEFT;
	l->place = c->lying ? ROW : room / (c->bar_count == 0 ? 1 : c->bar_count);
	if (l->place < BAR_LEAST)
		l->place = BAR_LEAST;
	l->thick = l->place - l->place / GAP_OF;
	if (l->thick > BAR_MOST)
		l->thick = BAR_MOST;
	l->length =
	    c->lying ? LYING_WIDTH - LEFT_LYING - RIGHT - LEFT : STANDING_HEIGHT - TOP - BOTTOM;
	l->view->width = c->lying ? LYING_WIDTH : LEFT + RIGHT + l->place * c->bar_count;
	l->view->height = c->lying ? TOP + BOTTOM + ROW * c->bar_count : STANDING_HEIGHT;
	if (!c->lying && l->view->width < STANDING_WIDTH)
		l->view->width = STANDING_WIDTH;
}

/* Without overflow, however much was counted. */
static uint64_t pixels(const struct layout *l, uint64_t value)
{
	return (uint64_t)((long double)value * (long double)l->length / (long double)l->top_value +
			  0.5L);
}

static struct slice number_text(struct arena *memory, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return arena_copy(memory, slice_of(text));
}

/* --- what is drawn --- */

static bool add_axis(struct layout *l)
{
	size_t count = (size_t)(l->top_value / l->step) + 1;
	struct view_console_chart_line *lines = arena_array(l->memory, count, sizeof(*lines));
	struct view_console_chart_mark *marks = arena_array(l->memory, count, sizeof(*marks));
	uint64_t end = l->chart->lying ? l->view->height - BOTTOM : l->view->width - RIGHT;

	if (lines == NULL || marks == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint64_t at = pixels(l, i * l->step);
		uint64_t y = TOP + l->length - at, x = l->left + at;

		marks[i].text = number_text(l->memory, i * l->step);
		if (l->chart->lying) {
			lines[i] = (struct view_console_chart_line){ x, TOP, x, end };
			marks[i].x = x;
			marks[i].y = end + 18;
		} else {
			lines[i] = (struct view_console_chart_line){ l->left, y, end, y };
			marks[i].x = l->left - 8;
			marks[i].y = y + 4;
		}
	}
	l->view->lines = lines;
	l->view->rulers = marks;
	l->view->lines_count = l->view->rulers_count = count;
	return true;
}

/* As many names as have room: each, or every n-th. */
static bool add_names(struct layout *l)
{
	const struct chart *c = l->chart;
	size_t each = c->lying || l->place >= NAME_ROOM ? 1 : NAME_ROOM / l->place + 1;
	struct view_console_chart_mark *names =
	    arena_array(l->memory, c->bar_count + 1, sizeof(*names));
	size_t count = 0;

	if (names == NULL)
		return false;
	for (size_t i = 0; i < c->bar_count; i += each) {
		uint64_t middle = i * l->place + l->thick / 2;

		names[count++] = (struct view_console_chart_mark){
			.x = c->lying ? l->left - 8 : l->left + middle,
			.y = c->lying ? TOP + middle + 4 : STANDING_HEIGHT - BOTTOM + 20,
			.text = chart_cut(l->memory, c->bars[i].name, NAME_MOST),
		};
	}
	l->view->names = names;
	l->view->names_count = count;
	return true;
}

static struct view_console_chart_part part_at(const struct layout *l, size_t bar, unsigned kind,
					      uint64_t below, uint64_t value)
{
	uint64_t from = pixels(l, below), size = pixels(l, below + value) - from;
	uint64_t across = bar * l->place;
	struct view_console_chart_part part = {
		.kind = classes[kind],
		.hatched = kind == 2,
	};

	/* What is there is seen, however little it is. */
	size += size == 0;
	part.x = l->chart->lying ? l->left + from : l->left + across;
	part.y = l->chart->lying ? TOP + across : TOP + l->length - from - size;
	part.width = l->chart->lying ? size : l->thick;
	part.height = l->chart->lying ? l->thick : size;
	return part;
}

static bool add_bar(struct layout *l, size_t i, struct view_console_chart_bar *to)
{
	const struct chart_bar *bar = &l->chart->bars[i];
	struct view_console_chart_part *parts = arena_array(l->memory, CHART_KINDS, sizeof(*parts));
	uint64_t below = 0;

	if (parts == NULL)
		return false;
	*to = (struct view_console_chart_bar){ .name = bar->words, .parts = parts };
	for (unsigned k = 0; k < l->chart->kind_count; k++) {
		if (bar->values[k] > 0)
			parts[to->parts_count++] = part_at(l, i, k, below, bar->values[k]);
		below += bar->values[k];
	}
	return true;
}

static bool add_bars(struct layout *l)
{
	struct view_console_chart_bar *bars =
	    arena_array(l->memory, l->chart->bar_count + 1, sizeof(*bars));
	bool added = bars != NULL;

	for (size_t i = 0; added && i < l->chart->bar_count; i++)
		added = add_bar(l, i, &bars[i]);
	l->view->bars = bars;
	l->view->bars_count = l->chart->bar_count;
	return added;
}

static bool add_keys(struct layout *l)
{
	struct view_console_chart_key *keys = arena_array(l->memory, CHART_KINDS, sizeof(*keys));

	for (unsigned k = 0; keys != NULL && k < l->chart->kind_count; k++)
		keys[k] = (struct view_console_chart_key){ .kind = classes[k],
							   .text = l->chart->kinds[k] };
	l->view->keys = keys;
	l->view->keys_count = l->chart->kind_count;
	return keys != NULL;
}

struct view_console_chart *chart_view(struct arena *memory, const struct chart *chart)
{
	struct layout l = { .memory = memory, .chart = chart };

	l.view = arena_alloc(memory, sizeof(*l.view));
	if (l.view == NULL)
		return NULL;
	l.view->id = chart->id;
	l.view->title = chart->title;
	l.view->description = chart->description;
	l.view->lying = chart->lying;
	l.view->hatches = chart->kind_count == CHART_KINDS;
	measure(&l);
	return add_keys(&l) && add_axis(&l) && add_names(&l) && add_bars(&l) ? l.view : NULL;
}
