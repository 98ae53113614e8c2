/* What people type for a code, read character by character. */
#include "base/hex.h"
#include "base/utf8.h"
#include "model/mistype.h"
#include "model/typed.h"

enum {
	NO_CHARACTER = 0x1a, /* stands for one that is in no code */
	END_OF_FIELD = 0x1d, /* GS1 General Specifications 7.8.2, what FNC1 is read as */
	GTIN_TYPED_MOST = 32,
};

/* One byte a character, and which of those typed it was. */
struct line {
	char text[TYPED_MOST + 1]; /* NUL-terminated */
	unsigned short place[TYPED_MOST + 1];
	size_t count;
};

/* From `from` on, before `to`. */
struct part {
	size_t from, to;
};

/* --- characters ------------------------------------------------------------------------------ */

static char plain(uint32_t character)
{
	uint32_t c = typed_plain(character);

	if (typed_is_blank(c))
		return ' ';
	if (typed_is_dash(c))
		return '-';
	return (c < 0x20 && c != END_OF_FIELD) || c >= 0x7f ? NO_CHARACTER : (char)c;
}

static bool read_line(struct slice typed, struct line *line)
{
	unsigned short place = 0;
	size_t end = 0;

	line->count = 0;
	if (typed.length > TYPED_MOST || !utf8_valid(typed))
		return false;
	while (typed.length > 0) {
		char c = plain(utf8_next(&typed));

		place++;
		if (c == ' ' && line->count == 0)
			continue;
		line->text[line->count] = c;
		line->place[line->count++] = place;
		if (c != ' ')
			end = line->count;
	}
	line->count = end; /* without the blanks at the end */
	line->text[end] = '\0';
	line->place[end] = (unsigned short)(end == 0 ? 1 : line->place[end - 1] + 1);
	return true;
}

static bool is_between(char c)
{
	return c == ' ' || c == '-';
}

static char digit_meant(char c)
{
	if (c == 'O' || c == 'o')
		return '0';
	return c == 'I' || c == 'i' || c == 'L' || c == 'l' ? '1' : c;
}

static char character_meant(char c)
{
	char upper = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);

	return digit_meant(upper);
}

/* --- where GTIN and serial stand ------------------------------------------------------------- */

static bool starts_at(const struct line *line, size_t at, const char *word)
{
	size_t length = strlen(word);

	return line->count - at >= length && memcmp(line->text + at, word, length) == 0;
}

/* Behind the first `word` at `from` or later. */
static bool find_behind(const struct line *line, size_t from, const char *word, size_t *ret_behind)
{
	for (size_t at = from; at < line->count; at++) {
		if (starts_at(line, at, word)) {
			*ret_behind = at + strlen(word);
			return true;
		}
	}
	return false;
}

/* "(10)", "(3103)": what a value in an element string ends with, which may hold parentheses itself.
 */
static bool is_identifier(const struct line *line, size_t at)
{
	size_t digits = 0;

	if (line->text[at] != '(')
		return false;
	while (digits < 5 && line->text[at + 1 + digits] >= '0' &&
	       line->text[at + 1 + digits] <= '9')
		digits++;
	return digits >= 2 && digits <= 4 && line->text[at + 1 + digits] == ')';
}

static struct part element_from(const struct line *line, size_t from)
{
	struct part p = { from, from };

	while (p.to < line->count && line->text[p.to] != END_OF_FIELD && !is_identifier(line, p.to))
		p.to++;
	return p;
}

static struct part segment_from(const struct line *line, size_t from)
{
	struct part p = { from, from };

	while (p.to < line->count && strchr("/?#", line->text[p.to]) == NULL)
		p.to++;
	return p;
}

static bool find_elements(const struct line *line, struct part *ret_gtin, struct part *ret_serial)
{
	size_t gtin, serial;

	if (!find_behind(line, 0, "(01)", &gtin) || !find_behind(line, gtin, "(21)", &serial))
		return false;
	*ret_gtin = element_from(line, gtin);
	*ret_serial = element_from(line, serial);
	return true;
}

/* As a scanner reads it: "01" and 14 digits, "21" and the serial. */
static bool find_scanned(const struct line *line, struct part *ret_gtin, struct part *ret_serial)
{
	size_t at = line->text[0] == ']' ? 3 : 0;

	if (line->count < at + 2 + GTIN_DIGITS + 2 || !starts_at(line, at, "01") ||
	    !gs1_is_digits((struct slice){ line->text + at, 2 + GTIN_DIGITS }) ||
	    !starts_at(line, at + 2 + GTIN_DIGITS, "21"))
		return false;
	*ret_gtin = (struct part){ at + 2, at + 2 + GTIN_DIGITS };
	*ret_serial = element_from(line, at + 2 + GTIN_DIGITS + 2);
	return true;
}

static bool find_link(const struct line *line, struct part *ret_gtin, struct part *ret_serial)
{
	static const char *const words[][2] = { { "/01/", "/21/" },
						{ "/gtin/", "/ser/" },
						{ "/GTIN/", "/SER/" },
						{ "/GTIN/", "/ser/" } };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		size_t gtin, serial;

		if (!find_behind(line, 0, words[i][0], &gtin))
			continue;
		/* The slash that ends the GTIN begins the next word. */
		if (!find_behind(line, gtin, words[i][1], &serial))
			continue;
		*ret_gtin = segment_from(line, gtin);
		*ret_serial = segment_from(line, serial);
		return true;
	}
	return false;
}

/* --- reading the parts ----------------------------------------------------------------------- */

static enum gtin_result read_gtin(const struct line *line, struct part p, uint64_t *ret_gtin)
{
	char digits[GTIN_TYPED_MOST];
	size_t count = 0;

	for (size_t at = p.from; at < p.to; at++) {
		if (is_between(line->text[at]))
			continue;
		if (count == sizeof(digits))
			return GTIN_BAD_LENGTH;
		digits[count++] = digit_meant(line->text[at]);
	}
	return gtin_parse((struct slice){ digits, count }, ret_gtin);
}

static void read_ours(const struct line *line, struct part p, struct typed_code *ret)
{
	size_t at = p.from;

	for (; at < p.to && ret->bad == 0; at++) {
		char c = character_meant(line->text[at]);

		if (is_between(line->text[at]))
			continue;
		if (strchr(SERIAL_ALPHABET, c) == NULL || ret->length == SERIAL_LENGTH_MOST) {
			ret->bad = line->place[at];
			break;
		}
		ret->places[ret->length] = line->place[at];
		ret->serial[ret->length++] = c;
	}
	ret->serial[ret->length] = '\0';
	ret->places[ret->length] = line->place[at];
}

/* In a link a serial is escaped; typed alone it is not. */
static char unescaped(const struct line *line, size_t *at, size_t to)
{
	int high = *at + 2 < to ? hex_value(line->text[*at + 1]) : -1;
	int low = high < 0 ? -1 : hex_value(line->text[*at + 2]);

	if (line->text[*at] != '%' || low < 0)
		return line->text[*at];
	*at += 2;
	return (char)(high << 4 | low);
}

static void read_exact(const struct line *line, struct part p, bool escaped, struct typed_code *ret)
{
	char exact[GS1_SERIAL_MAX];
	size_t count = 0;

	for (size_t at = p.from; at < p.to; at++) {
		char c = escaped ? unescaped(line, &at, p.to) : line->text[at];

		if (c == ' ')
			continue;
		if (count == GS1_SERIAL_MAX)
			return;
		exact[count++] = c;
	}
	if (gs1_serial_ok((struct slice){ exact, count }))
		memcpy(ret->exact, exact, count);
}

static enum typed_result read_parts(const struct line *line, struct part gtin, struct part serial,
				    bool escaped, struct typed_code *ret)
{
	if (read_gtin(line, gtin, &ret->gtin) != GTIN_OK) {
		ret->bad = gtin.from < gtin.to ? line->place[gtin.from] : 0;
		return TYPED_BAD_GTIN;
	}
	ret->has_gtin = true;
	read_ours(line, serial, ret);
	read_exact(line, serial, escaped, ret);
	return ret->length == 0 && ret->bad == 0 ? TYPED_UNREADABLE : TYPED_OK;
}

enum typed_result typed_code_read(struct slice typed, struct typed_code *ret)
{
	struct part gtin = { 0, 0 }, serial;
	struct line line;
	size_t behind;

	*ret = (struct typed_code){ .has_gtin = false };
	if (!read_line(typed, &line))
		return TYPED_UNREADABLE;
	if (line.count == 0)
		return TYPED_EMPTY;
	serial = (struct part){ 0, line.count };
	/* Nothing that names a GTIN and a serial is as short as a serial. */
	if (line.count > GS1_SERIAL_MAX) {
		if (find_elements(&line, &gtin, &serial) || find_scanned(&line, &gtin, &serial))
			return read_parts(&line, gtin, serial, false, ret);
		if (find_link(&line, &gtin, &serial))
			return read_parts(&line, gtin, serial, true, ret);
		if (find_behind(&line, 0, "://", &behind))
			return TYPED_UNREADABLE;
	}
	read_ours(&line, serial, ret);
	read_exact(&line, serial, false, ret);
	return TYPED_OK;
}

enum gtin_result typed_gtin_read(struct slice typed, uint64_t *ret_gtin)
{
	struct line line;

	if (!read_line(typed, &line))
		return GTIN_NOT_DIGITS;
	return read_gtin(&line, (struct part){ 0, line.count }, ret_gtin);
}
