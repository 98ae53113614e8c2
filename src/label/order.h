/*
 * One label order as everybody means it: the command line, the API and jobs read the same members,
 * with the same defaults and limits, from text or from JSON. What it does not know is which sheet
 * and printer files there are; label/label_file.h joins it with them.
 */
#ifndef SUYUAN_LABEL_ORDER_H
#define SUYUAN_LABEL_ORDER_H

#include <jansson.h>

#include "label/design.h"
#include "label/grid.h"
#include "label/qr.h"

enum { LABEL_NAME_SIZE = 64, LABEL_LIMIT_SIZE = 200 };

enum label_format {
	LABEL_PDF, /* sheets or rolls */
	LABEL_ZPL, /* label printers */
	LABEL_SVG, /* the last three: pictures, one symbol each, without text */
	LABEL_PNG,
	LABEL_EPS,
};

/* Which members were set, one bit each: what a printer file says does not replace them. */
enum label_member {
#define LABEL_MEMBER(name, kind, least, most, scope) LABEL_MEMBER_##name,
#include "label/order.def"
#undef LABEL_MEMBER
	LABEL_MEMBERS,
};

struct label_order {
	enum label_format format;    /* LABEL_PDF */
	bool zip;		     /* pictures: many in one archive; jobs always do; false */
	bool compact;		     /* ZPL: the printer draws the symbol (^BQ); false */
	char sheet[LABEL_NAME_SIZE]; /* L7160 for PDF, roll-50x30 for ZPL */
	struct {
		uint64_t width, height; /* micrometres; 0: as the sheet says */
	} label;			/* "50x30": a roll of an own size instead of a sheet */
	struct label_grid grid;		/* an own sheet instead of one with a name */
	char printer[LABEL_NAME_SIZE];	/* "": none */
	uint64_t dpi;			/* 300 */
	uint64_t dots;			/* of one module; 0: the fewest that GS1 allows */
	bool allow_small;		/* modules under PRINTER_MODULE_LEAST; false */
	enum qr_level level;		/* at least; QR_LEVEL_M */
	uint64_t start;			/* the first label's place on the first page; 1 */
	uint64_t copies;		/* of each label; 1 */
	double offset_x, offset_y;  /* mm right and down: what the printer's feed is off by; 0 */
	double scale_x, scale_y;    /* of all distances on the page; 1 */
	uint64_t speed;		    /* inches a second (^PR); 0: as the printer is set */
	struct label_design design; /* where everything stands; .given false: label/layout.h says */
	uint32_t given;		    /* bits 1 << LABEL_MEMBER_x */
};

/* Why an order was refused: which member, and what it may be. */
struct label_refusal {
	const char *member; /* as in order.def, or "grid.columns"; "" when it is no member at all */
	char limit[LABEL_LIMIT_SIZE]; /* "100 to 2540", a phrase that follows the member's name */
};

/* All defaults. */
void label_order_init(struct label_order *o);
/*
 * One member from text: "300", "-1.5", "true", "zpl", "L7160", "50x30". False, with the order as
 * it was, when there is no such member or it cannot have this value.
 */
MUSTCHECK bool label_order_set(struct label_order *o, struct slice member, struct slice value,
			       struct label_refusal *ret_refusal);
/* All members of a JSON object: numbers, strings and booleans. False as label_order_set(). */
MUSTCHECK bool label_order_read(struct label_order *o, const json_t *object,
				struct label_refusal *ret_refusal);
/*
 * The text of a printer file (conf/printers/NAME.printer): lines "key = value" of the members dpi,
 * dots, offset_x, offset_y, scale_x, scale_y and speed, '#' comments. Members given before stay.
 * False: `why` says "name:line: reason".
 */
MUSTCHECK bool label_order_add_printer(struct label_order *o, struct slice text, const char *name,
				       char *why, size_t why_size);
/*
 * Whether the members go together: the module is as large as it must be, and no member is set that
 * the format has no use for. Called once all are set; everything in label_file.h wants that it
 * said yes.
 */
MUSTCHECK bool label_order_check(const struct label_order *o, struct label_refusal *ret_refusal);
/* One JSON object with every member that means something here; reading it gives the same order. */
void label_order_write(const struct label_order *o, struct buf *out);

/* The sheet's name, also when none was given. */
const char *label_order_sheet(const struct label_order *o);
/* Are there labels with text on paper? Otherwise pictures of symbols. */
bool label_order_has_labels(const struct label_order *o);
const char *label_format_name(enum label_format format); /* "pdf" */

#endif
