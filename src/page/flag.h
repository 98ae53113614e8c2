/* The flags of countries, drawn small; the data is flags.def. */
#ifndef SUYUAN_PAGE_FLAG_H
#define SUYUAN_PAGE_FLAG_H

#include "base/arena.h"
#include "page/templates.h"

/*
 * The flag of a country (ISO 3166-1 alpha-2, capitals) as templates paint it, made in `memory`;
 * NULL when there is none for this code, or memory is out.
 */
const struct view_flag *flag_of(struct arena *memory, struct slice country);

#endif
