/* Escapes text for JSON. */
#include "web/json_text.h"

#include "base/utf8.h"

static void add_byte(struct buf *b, char c)
{
	if (c == '"' || c == '\\') {
		buf_add_char(b, '\\');
		buf_add_char(b, c);
	} else if ((unsigned char)c < 0x20 || c == 0x7f) {
		buf_add_format(b, "\\u%04x", (unsigned)(unsigned char)c);
	} else {
		buf_add_char(b, c);
	}
}

void json_add_text(struct buf *b, struct slice text)
{
	buf_add_char(b, '"');
	while (text.length > 0) {
		size_t good = utf8_valid_length(text);

		for (size_t i = 0; i < good; i++)
			add_byte(b, text.data[i]);
		text = slice_from(text, good);
		if (text.length > 0) {
			buf_add_string(b, "\xEF\xBF\xBD");
			text = slice_from(text, 1);
		}
	}
	buf_add_char(b, '"');
}
