/* Dates and times of the documents as a reader writes them. */
#include "page/when.h"

static const enum text months[12] = { TEXT_month_1, TEXT_month_2,  TEXT_month_3,  TEXT_month_4,
				      TEXT_month_5, TEXT_month_6,  TEXT_month_7,  TEXT_month_8,
				      TEXT_month_9, TEXT_month_10, TEXT_month_11, TEXT_month_12 };

enum { WHEN_MAX = 200 };

static struct slice keep(struct arena *memory, struct buf *b)
{
	struct slice s = arena_copy(memory, buf_slice(b));

	buf_release(b);
	return s;
}

/* The number that stands at `at`, `length` digits; 0 when it is none. */
static uint64_t number_at(struct slice s, size_t at, size_t length)
{
	uint64_t n;

	if (s.length < at + length || !slice_to_u64((struct slice){ s.data + at, length }, &n))
		return 0;
	return n;
}

static void print_date(struct buf *out, unsigned language, struct slice iso)
{
	struct writer w = { .out = out, .language = language };
	uint64_t month = number_at(iso, 5, 2), day = number_at(iso, 8, 2);
	struct text_value values[3] = {
		{ .name = S("year"), .words.text = { iso.data, 4 } },
		{ .name = S("day"), .is_number = true, .number = day },
		{ .name = S("month") },
	};

	if (month < 1 || month > 12) {
		buf_add(out, iso.data, iso.length < 4 ? iso.length : 4);
		return;
	}
	values[2].words.text = text_in(language, months[month - 1]);
	print_text(&w, IN_PLAIN, day == 0 ? TEXT_date_month : TEXT_date_day, values, 3);
}

static void print_clock(struct buf *out, struct slice iso)
{
	if (iso.length < 16)
		return;
	buf_add(out, iso.data + 11, 5);
}

struct slice when_date(struct arena *memory, unsigned language, struct slice iso)
{
	struct buf b;

	buf_init(&b, WHEN_MAX);
	print_date(&b, language, iso);
	return keep(memory, &b);
}

static void print_time(struct buf *out, unsigned language, struct slice iso)
{
	print_date(out, language, iso);
	if (iso.length >= 16)
		buf_add_char(out, ' ');
	print_clock(out, iso);
}

struct slice when_time(struct arena *memory, unsigned language, struct slice iso)
{
	struct buf b;

	buf_init(&b, WHEN_MAX);
	print_time(&b, language, iso);
	return keep(memory, &b);
}

static bool same_day(struct slice a, struct slice b)
{
	return a.length == b.length && a.length >= 20 && memcmp(a.data, b.data, 10) == 0 &&
	       memcmp(a.data + a.length - 6, b.data + b.length - 6, 6) == 0;
}

struct slice when_until(struct arena *memory, unsigned language, struct span span)
{
	if (!same_day(span.from, span.to))
		return when_time(memory, language, span.to);
	return arena_copy(memory, (struct slice){ span.to.data + 11, 5 });
}

struct slice when_zone(struct arena *memory, struct slice iso)
{
	struct slice offset;
	struct buf b;

	if (iso.length < 20)
		return (struct slice){ NULL, 0 };
	buf_init(&b, WHEN_MAX);
	buf_add_string(&b, "UTC");
	offset = slice_from(iso, iso.length - 6);
	if (iso.data[iso.length - 1] != 'Z' && !slice_equal(slice_from(offset, 1), S("00:00"))) {
		buf_add_char(&b, offset.data[0]);
		buf_add_u64(&b, number_at(offset, 1, 2));
		if (number_at(offset, 4, 2) != 0)
			buf_add(&b, offset.data + 3, 3);
	}
	return keep(memory, &b);
}
