/*
 * A link of the GS1 resolver: from a GTIN, a lot or a serial to an address, with its type and what
 * is known of what stands there. And what each part of one must look like, for whoever gives links.
 */
#ifndef SUYUAN_MODEL_LINK_H
#define SUYUAN_MODEL_LINK_H

#include "base/slice.h"
#include "model/link_type.h"

enum link_level {
	LINK_OF_GTIN,
	LINK_OF_LOT,
	LINK_OF_SERIAL,
	LINK_LEVELS,
};

enum link_role {
	LINK_PLAIN,
	LINK_DEFAULT, /* who asks for no type is sent there; one at each place */
	LINK_MULTI,   /* one of several such, told apart by language, media type and context */
};
/* "", "default", "multi"; anything else is plain. */
enum link_role link_role_named(struct slice name);
const char *link_role_name(enum link_role role);

/* As stored; lists are parted by single blanks. Slices are borrowed. */
struct link {
	enum link_level level;
	enum link_role role;
	struct slice type; /* as link_type_read() gives it */
	struct slice href, title;
	struct slice hreflang;	 /* "en zh-CN", or empty: not said */
	struct slice media_type; /* "text/html", or empty */
	struct slice context;	 /* "CN LK", or empty: everywhere */
	bool forwards_query;
};

enum {
	LINK_HREF_MOST = 2000, /* bytes */
	LINK_TITLE_MOST = 200, /* characters */
	LINK_LIST_MOST = 200,  /* bytes of languages, or of contexts */
	LINK_ENTRIES_MOST = 30,
	LINK_MEDIA_TYPE_MOST = 100,
};

struct link_list_text {
	char text[LINK_LIST_MOST + 1];
};
struct link_media_text {
	char text[LINK_MEDIA_TYPE_MOST + 1];
};

/*
 * An absolute http or https address in ASCII (RFC 3986), with a host and without a user's name,
 * which only hides where a link goes.
 */
MUSTCHECK bool link_href_ok(struct slice href);
/* 1 to LINK_TITLE_MOST characters of UTF-8 without control characters. */
MUSTCHECK bool link_title_ok(struct slice title);
/*
 * Language tags (BCP 47), contexts (letters, digits, ".", "_", "-"), parted by blanks or commas;
 * sorted, each once, tags in their usual case ("zh-Hans-CN"). "" gives "".
 */
MUSTCHECK bool link_languages_read(struct slice text, struct link_list_text *ret);
MUSTCHECK bool link_contexts_read(struct slice text, struct link_list_text *ret);
/* "text/html", in lower case. "" gives "". */
MUSTCHECK bool link_media_type_read(struct slice text, struct link_media_text *ret);

/*
 * Whether a tag fits the linkset schema of GS1, two letters, or two and two: "zh-Hans" is shown as
 * "zh-CN", "zh-Hant" as "zh-TW", other scripts and variants are left out ("zh-Hans-CN" is "zh-CN"),
 * "yue" cannot be shown (false).
 */
MUSTCHECK bool link_language_shown(struct slice tag, char ret_tag[6]);

#endif
