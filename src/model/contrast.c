/* Luminance by sRGB, and steps towards black or white. */
#include "model/contrast.h"

#include "base/hex.h"

const struct colour contrast_ground_light = { 0xfc, 0xfb, 0xf9 };
const struct colour contrast_ground_dark = { 0x16, 0x17, 0x16 };
static const struct colour white = { 0xff, 0xff, 0xff };
static const struct colour ink = { 0x16, 0x17, 0x16 };

bool colour_parse(struct slice s, struct colour *ret_colour)
{
	uint8_t parts[3];

	if (s.length != 7 || s.data[0] != '#')
		return false;
	for (size_t i = 0; i < 3; i++) {
		int high = hex_value(s.data[1 + 2 * i]), low = hex_value(s.data[2 + 2 * i]);

		if (high < 0 || low < 0)
			return false;
		parts[i] = (uint8_t)(high * 16 + low);
	}
	*ret_colour = (struct colour){ parts[0], parts[1], parts[2] };
	return true;
}

/* x^2.4 = x² · ⁵√x², by Newton's method: the layers below need no libm. */
static double power_2_4(double x)
{
	double square = x * x, root = 1;

	if (x <= 0)
		return 0;
	for (int i = 0; i < 60; i++)
		root = (4 * root + square / (root * root * root * root)) / 5;
	return square * root;
}

/* sRGB to linear light (IEC 61966-2-1). */
static double linear(uint8_t part)
{
	double c = part / 255.0;

	return c <= 0.04045 ? c / 12.92 : power_2_4((c + 0.055) / 1.055);
}

static double luminance(struct colour c)
{
	return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}

double colour_contrast(struct colour a, struct colour b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

static uint8_t towards(uint8_t part, uint8_t target, int step)
{
	return (uint8_t)(part + (target - part) * step / 64);
}

struct colour colour_against(struct colour c, struct colour ground)
{
	struct colour target = luminance(ground) > 0.18 ? (struct colour){ 0, 0, 0 } : white;
	struct colour moved = c;

	for (int step = 1; step <= 64 && colour_contrast(moved, ground) < 4.5; step++)
		moved = (struct colour){ towards(c.red, target.red, step),
					 towards(c.green, target.green, step),
					 towards(c.blue, target.blue, step) };
	return moved;
}

struct colour colour_ink(struct colour ground)
{
	return colour_contrast(white, ground) >= colour_contrast(ink, ground) ? white : ink;
}
