/* Hexadecimal digits. */
#ifndef SUYUAN_BASE_HEX_H
#define SUYUAN_BASE_HEX_H

/* 0 to 15, of either case; -1: it is no such digit. */
static inline int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
