/* Characters as people type them. */
#include "model/typed.h"

uint32_t typed_plain(uint32_t character)
{
	return character >= 0xff01 && character <= 0xff5e ? character - 0xff01 + '!' : character;
}

bool typed_is_blank(uint32_t character)
{
	return character == ' ' || (character >= '\t' && character <= '\r') || character == 0xa0 ||
	       (character >= 0x2000 && character <= 0x200d) || character == 0x2028 ||
	       character == 0x2029 || character == 0x202f || character == 0x205f ||
	       character == 0x2060 || character == 0x3000 || character == 0xfeff;
}

bool typed_is_dash(uint32_t character)
{
	return character == '-' || (character >= 0x2010 && character <= 0x2015) ||
	       character == 0x2212 || character == 0x30fc || character == 0xff0d ||
	       character == 0xfe63;
}
