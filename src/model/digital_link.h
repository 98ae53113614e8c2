/*
 * GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax 1.6): from a URI, or from the
 * path and query of a request, to AIs with checked values, and back to the canonical URI.
 * No heap, clock or log; a `/01/{gtin}/21/{serial}` costs some 200 ns.
 *
 * Uncompressed URIs only; names such as /gtin/ for AIs are not accepted, since the standard
 * took them out; a GTIN has 14 digits. One trailing slash of the path is tolerated.
 */
#ifndef SUYUAN_MODEL_DIGITAL_LINK_H
#define SUYUAN_MODEL_DIGITAL_LINK_H

#include "base/buf.h"
#include "base/slice.h"
#include "model/gs1_ai.h"

enum {
	DL_URI_MAX = 2000,    /* bytes of a URI, or of path and query together */
	DL_ELEMENTS_MAX = 64, /* AIs and ignored parameters together */
	DL_ERROR_MAX = 192,
	/* A canonical URI never exceeds this: every byte of a value may become three. */
	DL_CANONICAL_MAX = 64 + 3 * DL_URI_MAX,
	DL_ITEM_PATH_SIZE = sizeof("/01//21/") + 14 + 3 * 20, /* with the NUL */
};

enum dl_result {
#define DL_RESULT(name, word) DL_##name,
#include "model/digital_link.def"
#undef DL_RESULT
	DL_RESULT_COUNT,
};

struct dl_element {
	const struct gs1_ai *ai;
	uint16_t number;    /* 1 for AI (01), 3103 for (3103) */
	struct slice value; /* percent-decoded and checked */
};

/*
 * A parsed link, about 5 kB, meant for the stack. All slices point into its own `text`: it
 * lives as long as they are needed and is never copied by assignment. Needs no initialisation
 * and no release. After a failure only `result`, `error_ai` and `error` have a meaning.
 */
struct digital_link {
	enum dl_result result;
	uint16_t error_ai;	  /* the AI that was refused, or DL_NO_AI */
	char error[DL_ERROR_MAX]; /* English, no full stop, printable ASCII or UTF-8; "" when DL_OK
				   */

	/* The common case: a trade item. */
	bool has_gtin;	     /* the primary key is AI (01) */
	uint64_t gtin;	     /* 14 digits, check digit right; see model/gs1.h */
	struct slice lot;    /* AI (10), empty when there is none */
	struct slice serial; /* AI (21), empty when there is none */

	/* Everything, in the order of the URI: the primary key, its qualifiers, the query's AIs. */
	size_t element_count;
	size_t path_count; /* the first of `elements` that stood in the path; at least 1 */
	struct dl_element elements[DL_ELEMENTS_MAX];

	/* Query parameters that are no AIs, as they stood between the "&", undecoded. */
	size_t ignored_count;
	struct slice ignored[DL_ELEMENTS_MAX];

	size_t text_length;
	char text[DL_URI_MAX];
};

#define DL_NO_AI UINT16_MAX

/* Reads a whole URI, "https://host[:port]/any/stem/01/...". Returns ret->result. */
MUSTCHECK enum dl_result digital_link_parse(struct slice uri, struct digital_link *ret);
/*
 * The same from a request target: the path as it came, undecoded, beginning with "/", and the
 * query without "?" (empty when there is none). A "#" or "?" in the path is DL_BAD_CHARACTER.
 */
MUSTCHECK enum dl_result digital_link_parse_path(struct slice raw_path, struct slice raw_query,
						 struct digital_link *ret);

/* "bad_check_digit": stable, for JSON, problem details and metrics. */
const char *digital_link_result_word(enum dl_result result);

/* The value of an AI by its number (21, 8004, 3103), or the empty slice. */
struct slice digital_link_value(const struct digital_link *dl, uint16_t number);

/* "/01/{gtin}/21/{serial}" of an item as it is written canonically; 1 to 20 characters of serial.
 */
void digital_link_item_path(uint64_t gtin, struct slice serial, char ret_path[DL_ITEM_PATH_SIZE]);

/* A value as it stands in a path or a query: all but unreserved characters as %XX. */
void digital_link_add_escaped(struct buf *out, struct slice value);

/* The following need a link that parsed (DL_OK). */

/* "https://id.gs1.org/01/.../21/...?17=...": fixed-length AIs first in the query, the rest as met.
 */
void digital_link_canonical(const struct digital_link *dl, struct buf *out);
/* "/01/.../21/...": the path of the canonical URI alone. */
void digital_link_canonical_path(const struct digital_link *dl, struct buf *out);
/* "(01)...(21)...": a "(" inside a value becomes "\(". */
void digital_link_element_string(const struct digital_link *dl, struct buf *out);

#endif
