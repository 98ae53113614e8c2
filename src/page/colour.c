/* The brand's accent colour, made readable. */
#include "page/colour.h"

static const struct colour house_accent = { 0x1f, 0x5f, 0x4a };

void colour_print(struct buf *out, struct colour c)
{
	buf_add_format(out, "#%02x%02x%02x", c.red, c.green, c.blue);
}

static void print_rule(struct buf *css, struct colour accent, struct colour ground)
{
	struct colour readable = colour_against(accent, ground);

	buf_add_string(css, ":root{--accent:");
	colour_print(css, readable);
	buf_add_string(css, ";--on-accent:");
	colour_print(css, colour_ink(readable));
	buf_add_string(css, "}");
}

void colour_accent_rules(struct buf *css, struct slice accent)
{
	struct colour c;

	if (!colour_parse(accent, &c))
		c = house_accent;
	print_rule(css, c, contrast_ground_light);
	buf_add_string(css, "@media(prefers-color-scheme:dark){");
	print_rule(css, c, contrast_ground_dark);
	buf_add_string(css, "}");
}
