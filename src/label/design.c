/* Reading and writing designs of labels. */
#include "label/design.h"

#include <math.h>

#include "base/utf8.h"

static const char *const whats[] = { "serial", "gs1",	   "gtin",   "product",
				     "lot",    "produced", "expiry", "text" };
static const char *const aligns[] = { "left", "center", "right" };

const char *design_what_name(enum design_what what)
{
	return whats[what];
}

const char *design_align_name(enum design_align align)
{
	return aligns[align];
}

bool design_may_cut(enum design_what what)
{
	return what == DESIGN_PRODUCT || what == DESIGN_TEXT;
}

/* --- reading --- */

struct reading {
	struct label_design design;
	const char *language;
	char *why;
	size_t why_size;
};

static bool refuse(struct reading *r, const char *format, ...) PRINTF(2, 3);
static bool refuse(struct reading *r, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(r->why, r->why_size, format, arguments);
	va_end(arguments);
	return false;
}

/* Millimetres or points of `object`, in `unit`ths; absent: `fallback`. */
static bool read_number(struct reading *r, const json_t *object, const char *path, const char *name,
			double unit, uint64_t least, uint64_t most, uint64_t fallback,
			uint64_t *ret_value)
{
	const json_t *value = json_object_get(object, name);
	double number = json_number_value(value) * unit;

	*ret_value = fallback;
	if (value == NULL || json_is_null(value))
		return true;
	if (!json_is_number(value) || !(number >= (double)least - 0.5) ||
	    !(number <= (double)most + 0.5))
		return refuse(r, "%s.%s is a number from %g to %g", path, name,
			      (double)least / unit, (double)most / unit);
	*ret_value = (uint64_t)llround(number);
	return true;
}

/* Which of `names` the member is; absent: 0. */
static bool read_word(struct reading *r, const json_t *object, const char *path, const char *name,
		      const char *const *names, size_t count, unsigned *ret_index)
{
	const json_t *value = json_object_get(object, name);

	*ret_index = 0;
	if (value == NULL)
		return true;
	for (unsigned i = 0; i < count; i++)
		if (json_is_string(value) && strcmp(json_string_value(value), names[i]) == 0) {
			*ret_index = i;
			return true;
		}
	return refuse(r, "%s.%s is none of the words for it (such as %s)", path, name, names[0]);
}

static const json_t *text_of(const json_t *texts, const char *language)
{
	const json_t *value = json_object_get(texts, language);

	if (!json_is_object(texts))
		return texts;
	if (value == NULL)
		value = json_object_get(texts, "en");
	if (value == NULL)
		value = json_object_iter_value(json_object_iter((json_t *)texts));
	return value;
}

static bool text_ok(const json_t *text)
{
	return json_is_string(text) && json_string_length(text) < DESIGN_TEXT_SIZE &&
	       strlen(json_string_value(text)) == json_string_length(text) &&
	       utf8_valid((struct slice){ json_string_value(text), json_string_length(text) });
}

static bool read_text(struct reading *r, const json_t *object, const char *path,
		      struct design_part *part)
{
	const json_t *texts = json_object_get(object, "text"), *each;
	const char *tag;

	if (texts == NULL || json_is_null(texts) ||
	    (json_is_object(texts) && json_object_size(texts) == 0))
		return true;
	json_object_foreach((json_t *)texts, tag, each)
	{
		if (!text_ok(each) || strlen(tag) > 35)
			return refuse(r, "%s.text is text of less than %d bytes by language", path,
				      DESIGN_TEXT_SIZE);
	}
	texts = text_of(texts, r->language);
	if (!text_ok(texts))
		return refuse(r, "%s.text is text of less than %d bytes", path, DESIGN_TEXT_SIZE);
	(void)snprintf(part->text, sizeof(part->text), "%s", json_string_value(texts));
	return true;
}

/* A misspelt member would be silently without effect. */
static bool only(struct reading *r, const json_t *object, const char *path,
		 const char *const *names)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		size_t i = 0;

		while (names[i] != NULL && strcmp(names[i], name) != 0)
			i++;
		if (names[i] == NULL)
			return refuse(r, "%s has no member \"%.40s\"", path, name);
	}
	return true;
}

static bool read_part(struct reading *r, const json_t *object, struct design_part *part,
		      const char *path)
{
	static const char *const members[] = { "what", "x",	"y",	"width",
					       "size", "align", "text", NULL };
	unsigned what, align;
	uint64_t size;

	if (!json_is_object(object))
		return refuse(r, "%s is an object", path);
	if (!only(r, object, path, members) ||
	    !read_word(r, object, path, "what", whats, COUNT_OF(whats), &what) ||
	    !read_word(r, object, path, "align", aligns, COUNT_OF(aligns), &align) ||
	    !read_number(r, object, path, "x", 1000, 0, DESIGN_LENGTH_MOST, 0, &part->x) ||
	    !read_number(r, object, path, "y", 1000, 0, DESIGN_LENGTH_MOST, 0, &part->y) ||
	    !read_number(r, object, path, "width", 1000, 1000, DESIGN_LENGTH_MOST, 20000,
			 &part->width) ||
	    !read_number(r, object, path, "size", 10, DESIGN_SIZE_LEAST, DESIGN_SIZE_MOST, 70,
			 &size) ||
	    !read_text(r, object, path, part))
		return false;
	part->what = (enum design_what)what;
	part->align = (enum design_align)align;
	part->size = (unsigned)size;
	return true;
}

static bool read_parts(struct reading *r, const json_t *parts)
{
	size_t count = json_array_size(parts);
	char path[32];

	if (parts == NULL)
		return true;
	if (!json_is_array(parts) || count > DESIGN_PARTS_MOST)
		return refuse(r, "parts is an array of at most %d", DESIGN_PARTS_MOST);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "parts[%zu]", i);
		if (!read_part(r, json_array_get(parts, i), &r->design.parts[i], path))
			return false;
	}
	r->design.count = (unsigned)count;
	return true;
}

static bool read_language(struct reading *r, const json_t *object)
{
	const json_t *language = json_object_get(object, "language");

	r->language = "en";
	if (language == NULL)
		return true;
	if (!json_is_string(language) || json_string_length(language) > 35)
		return refuse(r, "language is a tag such as zh-CN");
	r->language = json_string_value(language);
	return true;
}

bool label_design_read(const json_t *object, struct label_design *ret_design, char *why,
		       size_t why_size)
{
	static const char *const members[] = { "id",	   "name",	"version", "symbol",
					       "language", "cut_marks", "parts",   NULL };
	static const char *const places[] = { "x", "y", NULL };
	struct reading r = { .why = why, .why_size = why_size };
	const json_t *symbol = json_object_get(object, "symbol");
	const json_t *marks = json_object_get(object, "cut_marks");

	if (!json_is_object(object))
		return refuse(&r, "is an object");
	if (symbol != NULL && !json_is_object(symbol))
		return refuse(&r, "symbol is an object of x and y");
	if (marks != NULL && !json_is_boolean(marks))
		return refuse(&r, "cut_marks is true or false");
	if (!only(&r, object, "a design", members) || !only(&r, symbol, "symbol", places) ||
	    !read_language(&r, object) ||
	    !read_number(&r, symbol, "symbol", "x", 1000, 0, DESIGN_LENGTH_MOST, 0,
			 &r.design.symbol_x) ||
	    !read_number(&r, symbol, "symbol", "y", 1000, 0, DESIGN_LENGTH_MOST, 0,
			 &r.design.symbol_y) ||
	    !read_parts(&r, json_object_get(object, "parts")))
		return false;
	r.design.given = true;
	r.design.cut_marks = json_is_true(marks);
	*ret_design = r.design;
	return true;
}

/* --- writing --- */

static void write_mm(struct buf *out, const char *name, uint64_t micrometres)
{
	buf_add_format(out, "\"%s\":%llu.%03llu", name, (unsigned long long)micrometres / 1000,
		       (unsigned long long)micrometres % 1000);
}

static void write_text(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20)
			buf_add_format(out, "\\u%04x", (unsigned char)*p);
		else if (*p == '"' || *p == '\\')
			buf_add_format(out, "\\%c", *p);
		else
			buf_add_char(out, *p);
	}
	buf_add_char(out, '"');
}

static void write_part(struct buf *out, const struct design_part *p)
{
	buf_add_format(out, "{\"what\":\"%s\",", whats[p->what]);
	write_mm(out, "x", p->x);
	buf_add_char(out, ',');
	write_mm(out, "y", p->y);
	buf_add_char(out, ',');
	write_mm(out, "width", p->width);
	buf_add_format(out, ",\"size\":%u.%u,\"align\":\"%s\",\"text\":", p->size / 10,
		       p->size % 10, aligns[p->align]);
	if (p->text[0] == '\0')
		buf_add_string(out, "null");
	else
		write_text(out, p->text);
	buf_add_char(out, '}');
}

void label_design_write(const struct label_design *d, struct buf *out)
{
	buf_add_string(out, "{\"symbol\":{");
	write_mm(out, "x", d->symbol_x);
	buf_add_char(out, ',');
	write_mm(out, "y", d->symbol_y);
	buf_add_format(out, "},\"cut_marks\":%s,\"parts\":[", d->cut_marks ? "true" : "false");
	for (unsigned i = 0; i < d->count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		write_part(out, &d->parts[i]);
	}
	buf_add_string(out, "]}");
}
