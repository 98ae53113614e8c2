/*
 * suyuan.conf: lines "key = value", '#' comments, blank lines. The known keys, their
 * defaults and bounds are one list, settings.def. An unknown key, a key given twice or
 * a value out of bounds is refused with "file:line: reason".
 */
#ifndef SUYUAN_BASE_SETTINGS_H
#define SUYUAN_BASE_SETTINGS_H

#include "base/slice.h"

struct settings {
#define SETTING_TEXT(name, standard, why)		 const char *name;
#define SETTING_SECRET(name, standard, why)		 const char *name;
#define SETTING_NUMBER(name, standard, least, most, why) uint64_t name;
#include "base/settings.def"
#undef SETTING_TEXT
#undef SETTING_SECRET
#undef SETTING_NUMBER
	char *owned[96]; /* texts read from a file, freed by settings_release */
	unsigned owned_count;
};

void settings_init(struct settings *s); /* every default */
void settings_release(struct settings *s);
/* Wipes one text, `&s->name`, and makes it empty: a secret that this process has no use for. */
void settings_forget(struct settings *s, const char **text);
/* Reads `path` over what is there. On false `why` holds "path:line: reason". */
MUSTCHECK bool settings_load(struct settings *s, const char *path, char *why, size_t why_size);
/* The same from memory; `name` is used in messages. */
MUSTCHECK bool settings_parse(struct settings *s, struct slice text, const char *name, char *why,
			      size_t why_size);
/* Writes a valid file with every key explained; secrets are commented out as "(set)". */
void settings_print(const struct settings *s, FILE *out);
/*
 * The file to use when none is named: $SUYUAN_CONFIG, else $SUYUAN_VAR/suyuan.conf, else
 * var/suyuan.conf beside the program's folder, else /etc/suyuan/suyuan.conf; the first
 * that is set or exists. NULL when there is none. Writes into `room` if it must.
 */
const char *settings_default_path(char *room, size_t size);

#endif
