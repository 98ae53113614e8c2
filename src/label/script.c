/* What HarfBuzz knows about Unicode, asked for labels. */
#include "label/script.h"

#include <harfbuzz/hb.h>

/* From the left, but with letters that join or change places (OpenType's shaping models). */
static const hb_script_t shaped[] = {
	HB_SCRIPT_BENGALI, HB_SCRIPT_DEVANAGARI, HB_SCRIPT_GUJARATI,  HB_SCRIPT_GURMUKHI,
	HB_SCRIPT_KANNADA, HB_SCRIPT_KHMER,	 HB_SCRIPT_MALAYALAM, HB_SCRIPT_MONGOLIAN,
	HB_SCRIPT_MYANMAR, HB_SCRIPT_ORIYA,	 HB_SCRIPT_SINHALA,   HB_SCRIPT_TAMIL,
	HB_SCRIPT_TELUGU,  HB_SCRIPT_TIBETAN,
};

bool script_is_simple(uint32_t character)
{
	hb_script_t script;

	if (character < 0x590) /* before Hebrew, the first */
		return true;
	script = hb_unicode_script(hb_unicode_funcs_get_default(), character);
	if (hb_script_get_horizontal_direction(script) == HB_DIRECTION_RTL)
		return false;
	for (size_t i = 0; i < COUNT_OF(shaped); i++)
		if (script == shaped[i])
			return false;
	return true;
}

uint32_t script_compose(uint32_t first, uint32_t second)
{
	hb_codepoint_t both;

	if (second < 0x300) /* before the combining marks */
		return 0;
	return hb_unicode_compose(hb_unicode_funcs_get_default(), first, second, &both) ? both : 0;
}
