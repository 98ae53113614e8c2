/* Prints text character by character, with what a terminal would obey made visible. */
#include "cli/plain_text.h"

#include "base/utf8.h"

enum { DELETE = 0x7f, C1_LEAD = 0xc2, C1_END = 0xa0, LONGEST = 4 };

/* Takes the next character off the text; false: that byte is no UTF-8. */
static bool take(struct slice *text, struct slice *ret_character)
{
	struct slice head = { text->data, text->length < LONGEST ? text->length : LONGEST };
	size_t good = utf8_valid_length(head), length = 1;

	while (length < good && ((unsigned char)text->data[length] & 0xc0) == 0x80)
		length++;
	*ret_character = (struct slice){ text->data, length };
	*text = slice_from(*text, length);
	return good > 0;
}

static bool is_control(struct slice character)
{
	unsigned char first = (unsigned char)character.data[0];

	if (character.length == 1)
		return first < ' ' || first == DELETE;
	return first == C1_LEAD && (unsigned char)character.data[1] < C1_END;
}

static void print_bytes(FILE *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.length; i++)
		fprintf(out, "\\x%02x", (unsigned char)bytes.data[i]);
}

void plain_text_print(FILE *out, struct slice text)
{
	struct slice c;

	while (text.length > 0) {
		bool good = take(&text, &c);

		if (good && (!is_control(c) || c.data[0] == '\n' || c.data[0] == '\t'))
			(void)fwrite(c.data, 1, c.length, out);
		else
			print_bytes(out, c);
	}
}

static void print_json_character(FILE *out, struct slice c)
{
	unsigned char last = (unsigned char)c.data[c.length - 1];

	if (is_control(c)) /* the second byte of C1 is the code itself */
		fprintf(out, "\\u%04x", last);
	else if (c.data[0] == '"' || c.data[0] == '\\')
		fprintf(out, "\\%c", c.data[0]);
	else
		(void)fwrite(c.data, 1, c.length, out);
}

void plain_text_print_json(FILE *out, struct slice text)
{
	struct slice c;

	fputc('"', out);
	while (text.length > 0) {
		if (take(&text, &c))
			print_json_character(out, c);
		else
			fputs("\\ufffd", out);
	}
	fputc('"', out);
}
