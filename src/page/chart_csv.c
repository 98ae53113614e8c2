/* Writes cells of CSV files. */
#include "page/chart_csv.h"

static bool is_formula(struct slice text)
{
	return text.length > 0 && memchr("=+-@\t\r", text.data[0], 6) != NULL;
}

static bool needs_quotes(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (memchr(",\"\r\n\t;", text.data[i], 6) != NULL)
			return true;
	return false;
}

void chart_csv_cell(struct buf *out, struct slice text)
{
	bool formula = is_formula(text), quoted = formula || needs_quotes(text);

	if (quoted)
		buf_add_char(out, '"');
	if (formula)
		buf_add_char(out, '\'');
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] == '"')
			buf_add_char(out, '"');
		buf_add_char(out, text.data[i]);
	}
	if (quoted)
		buf_add_char(out, '"');
}

void chart_csv_next(struct buf *out, bool *first, struct slice text)
{
	if (!*first)
		buf_add_char(out, ',');
	*first = false;
	chart_csv_cell(out, text);
}

void chart_csv_end(struct buf *out)
{
	buf_add_string(out, "\r\n");
}
