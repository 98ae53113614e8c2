/* Takes the rows of lookup_*.sql apart. */
#include "store/lookup.h"

#include <assert.h>

#include "store/binary_row.h"

/*
 * The day of a timestamptz, which is a number of microseconds since 2000 to PostgreSQL and costs it
 * nothing so. 0 for NULL and for what no clock of ours can have said.
 */
static uint32_t day_at(const PGresult *rows, int row, int column)
{
	static const int64_t us_a_day = INT64_C(86400000000), days_1970_to_2000 = 10957;
	int64_t us;

	if (PQgetisnull(rows, row, column))
		return 0;
	us = (int64_t)number_at(rows, row, column);
	if (us < -days_1970_to_2000 * us_a_day || us == INT64_MAX)
		return 0;
	return (uint32_t)(us / us_a_day - (us % us_a_day < 0) + days_1970_to_2000);
}

/* Its columns, from `first` on. */
static struct lookup_seen seen_at(const PGresult *rows, int row, int first)
{
	enum { VISITS, FIRST, PIN_TRIES, PIN_OPENED };

	return (struct lookup_seen){ .visits = number_at(rows, row, first + VISITS),
				     .first_day = day_at(rows, row, first + FIRST),
				     .pin_tries = number_at(rows, row, first + PIN_TRIES),
				     .pin_opened_day = day_at(rows, row, first + PIN_OPENED) };
}

uint64_t lookup_item_read(const PGresult *rows, int row, struct lookup_item *ret_item)
{
	enum {
		QUESTION,
		ISSUED,
		EPOCH,
		KEY_ID,
		SERIAL_LENGTH,
		LOT_HANDLE,
		STATE,
		SINCE,
		REASON,
		FOREIGN,
		PIN_DIGITS_AT,
		SEEN
	};

	*ret_item = (struct lookup_item){
		.issued = number_at(rows, row, ISSUED),
		.epoch = number_at(rows, row, EPOCH),
		.has_foreign = number_at(rows, row, FOREIGN) != 0,
		.found = !PQgetisnull(rows, row, KEY_ID),
	};
	if (ret_item->found) {
		ret_item->key_id = number_at(rows, row, KEY_ID);
		ret_item->serial_length = number_at(rows, row, SERIAL_LENGTH);
		ret_item->lot_handle = text_at(rows, row, LOT_HANDLE);
		ret_item->state = item_state_named(text_at(rows, row, STATE));
		ret_item->since_day = day_at(rows, row, SINCE);
		ret_item->reason = text_at(rows, row, REASON);
		ret_item->pin_digits = number_at(rows, row, PIN_DIGITS_AT);
		ret_item->seen = seen_at(rows, row, SEEN);
	}
	return number_at(rows, row, QUESTION);
}

bool lookup_foreign_read(const PGresult *rows, struct lookup_item *ret_item)
{
	enum { ISSUED, EPOCH, FOREIGN, LOT_HANDLE, STATE, SINCE, REASON, SEEN };

	if (PQntuples(rows) == 0)
		return false;
	*ret_item = (struct lookup_item){
		.issued = number_at(rows, 0, ISSUED),
		.epoch = number_at(rows, 0, EPOCH),
		.has_foreign = number_at(rows, 0, FOREIGN) != 0,
		.found = !PQgetisnull(rows, 0, STATE),
		.lot_handle = text_at(rows, 0, LOT_HANDLE),
		.state = item_state_named(text_at(rows, 0, STATE)),
		.since_day = day_at(rows, 0, SINCE),
		.reason = text_at(rows, 0, REASON),
		.seen = seen_at(rows, 0, SEEN),
	};
	return true;
}

field_set lookup_hidden_read(struct slice names)
{
	field_set hidden = 0;
	struct slice name;
	enum field field;

	while (slice_cut(&names, '\n', &name)) {
		if (!field_named(name, &field))
			return FIELD_SET_ALL;
		hidden |= field_bit(field);
	}
	return hidden;
}

bool lookup_documents_read(const PGresult *rows, struct lookup_documents *ret_documents)
{
	enum { EPOCH, BRAND, PRODUCT, LOT, HIDDEN, RECALL_REASON, RECALL_SINCE, BEST_UNTIL };

	if (PQntuples(rows) == 0)
		return false;
	*ret_documents = (struct lookup_documents){
		.epoch = number_at(rows, 0, EPOCH),
		.source = { .brand = text_at(rows, 0, BRAND),
			    .product = text_at(rows, 0, PRODUCT),
			    .lot = text_at(rows, 0, LOT),
			    .hidden = lookup_hidden_read(text_at(rows, 0, HIDDEN)) },
		.hidden_names = text_at(rows, 0, HIDDEN),
		.recalled = !PQgetisnull(rows, 0, RECALL_SINCE),
		.recall_reason = text_at(rows, 0, RECALL_REASON),
		.recall_since = text_at(rows, 0, RECALL_SINCE),
		.best_until = PQgetisnull(rows, 0, BEST_UNTIL)
				  ? BEST_FOREVER
				  : (int64_t)number_at(rows, 0, BEST_UNTIL),
	};
	return true;
}

/* The columns of a GTIN, from `first` on. */
static struct lookup_gtin gtin_at(const PGresult *rows, int row, int first)
{
	enum { GTIN, ISSUED, EPOCH, FOREIGN, REDIRECTS };

	return (struct lookup_gtin){ .gtin = number_at(rows, row, first + GTIN),
				     .issued = number_at(rows, row, first + ISSUED),
				     .epoch =
					 number_at(rows, row, first + EPOCH) & LOOKUP_EPOCH_MOST,
				     .has_foreign = number_at(rows, row, first + FOREIGN) != 0,
				     .redirects = number_at(rows, row, first + REDIRECTS) != 0 };
}

void lookup_gtin_read(const PGresult *rows, int row, struct lookup_gtin *ret_gtin)
{
	*ret_gtin = gtin_at(rows, row, 0);
}

bool lookup_change_read(const PGresult *rows, int row, struct lookup_gtin *ret_gtin)
{
	enum { WATERMARK, GTIN };

	if (PQgetisnull(rows, row, GTIN))
		return false;
	*ret_gtin = gtin_at(rows, row, GTIN);
	return true;
}

uint64_t lookup_change_watermark(const PGresult *rows)
{
	return number_at(rows, 0, 0);
}

void lookup_key_read(const PGresult *rows, int row, struct lookup_key *ret_key)
{
	ret_key->id = (unsigned)number_at(rows, row, 0);
	ret_key->wrapped = text_at(rows, row, 1);
}

bool lookup_start_read(const PGresult *rows, char ret_instance[33], uint64_t *ret_watermark)
{
	struct slice instance;

	if (PQntuples(rows) == 0)
		return false;
	instance = text_at(rows, 0, 0);
	assert(instance.length == 32);
	memcpy(ret_instance, instance.data, 32);
	ret_instance[32] = '\0';
	*ret_watermark = number_at(rows, 0, 1);
	return true;
}
