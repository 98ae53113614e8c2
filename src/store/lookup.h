/*
 * What the lookup process reads from schema pub: rows of the queries lookup_*.sql, in PostgreSQL's
 * binary format, as structs. Slices point into the rows.
 */
#ifndef SUYUAN_STORE_LOOKUP_H
#define SUYUAN_STORE_LOOKUP_H

#include <libpq-fe.h>

#include "model/verdict.h"
#include "page/document.h"

enum { LOT_HANDLE_MAX = 20 }; /* bytes; trace.lot_handle() */

/* What customers did with an item; all zero where nobody looked yet. */
struct lookup_seen {
	uint64_t visits;
	uint32_t first_day; /* of the first visit, since 1970; 0: none */
	uint64_t pin_tries; /* wrong ones */
	uint32_t pin_opened_day;
};

/* lookup_items: one counter of one GTIN. */
struct lookup_item {
	uint64_t issued;		/* counters below this were issued under the GTIN */
	uint64_t epoch;			/* of the GTIN, in the same snapshot */
	bool has_foreign;		/* the GTIN has serials made elsewhere */
	bool found;			/* the counter was issued; the rest holds only then */
	uint64_t key_id, serial_length; /* 0 for serials made elsewhere */
	struct slice lot_handle;	/* finds the lot's documents; empty: no lot recorded */
	enum item_state state;
	uint32_t since_day;  /* since 1970 */
	struct slice reason; /* words as JSON, or empty */
	uint64_t pin_digits; /* 0: it has no PIN */
	struct lookup_seen seen;
};
/* Gives the number of the question, from 1 on: one without a row is of no GTIN we know. */
uint64_t lookup_item_read(const PGresult *rows, int row, struct lookup_item *ret_item);
/* lookup_foreign: the same of one serial made elsewhere. False: no such GTIN. */
MUSTCHECK bool lookup_foreign_read(const PGresult *rows, struct lookup_item *ret_item);

/* lookup_documents: what the items of a lot share. */
struct lookup_documents {
	uint64_t epoch;
	struct document_source source; /* hidden names already read; an unknown one hides all */
	struct slice hidden_names;     /* the same as text, one a line */
	bool recalled;
	struct slice recall_reason; /* words as JSON, or empty */
	struct slice recall_since;  /* "2026-09-01", or empty */
	int64_t
	    best_until; /* as in model/verdict.h; whether the date is public now, `source` says */
};
MUSTCHECK bool lookup_documents_read(const PGresult *rows, struct lookup_documents *ret_documents);
/* The names of fields, one a line, as a set. */
field_set lookup_hidden_read(struct slice names);

/* lookup_gtins and lookup_changes: one row each. There may be a million: 24 bytes. */
#define LOOKUP_EPOCH_MOST (UINT64_MAX >> 2)
struct lookup_gtin {
	uint64_t gtin, issued;
	uint64_t epoch : 62;
	uint64_t has_foreign : 1; /* serials made elsewhere */
	uint64_t redirects : 1;	  /* who asks for no page is sent to the default link */
};
void lookup_gtin_read(const PGresult *rows, int row, struct lookup_gtin *ret_gtin);
/* False: the row tells the watermark only. */
MUSTCHECK bool lookup_change_read(const PGresult *rows, int row, struct lookup_gtin *ret_gtin);
uint64_t lookup_change_watermark(const PGresult *rows); /* of a result with a row */

struct lookup_key {
	unsigned id;
	struct slice wrapped;
};
void lookup_key_read(const PGresult *rows, int row, struct lookup_key *ret_key);

/* False: no row, the database was never migrated. `ret_instance`: 32 hexadecimal digits. */
MUSTCHECK bool lookup_start_read(const PGresult *rows, char ret_instance[33],
				 uint64_t *ret_watermark);

#endif
