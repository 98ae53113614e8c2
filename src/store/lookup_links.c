/* Takes the rows of lookup_links.sql apart. */
#include "store/lookup_links.h"

#include "store/binary_row.h"
#include "store/lookup.h"

enum {
	REDIRECTS,
	IS_ITEM,
	RECALLED,
	WARNED,
	NAME,
	LOT,
	HIDDEN,
	LEVEL,
	TYPE,
	HREF,
	TITLE,
	HREFLANG,
	MEDIA_TYPE,
	CONTEXT,
	ROLE,
	FORWARDS
};

bool lookup_place_read(const PGresult *rows, struct lookup_place *ret_place)
{
	field_set hidden;

	if (PQntuples(rows) == 0)
		return false;
	*ret_place = (struct lookup_place){
		.redirects = number_at(rows, 0, REDIRECTS) != 0,
		.is_item = number_at(rows, 0, IS_ITEM) != 0,
		.recalled = number_at(rows, 0, RECALLED) != 0,
		.warned = number_at(rows, 0, WARNED) != 0,
	};
	hidden = lookup_hidden_read(text_at(rows, 0, HIDDEN));
	if ((hidden & field_bit(FIELD_PRODUCT_NAME)) == 0)
		ret_place->name = text_at(rows, 0, NAME);
	if ((hidden & field_bit(FIELD_LOT_NUMBER)) == 0)
		ret_place->lot = text_at(rows, 0, LOT);
	return true;
}

size_t lookup_links_read(const PGresult *rows, struct link *ret_links)
{
	size_t count = 0;

	for (int row = 0; row < PQntuples(rows); row++) {
		if (PQgetisnull(rows, row, TYPE))
			continue;
		ret_links[count++] = (struct link){
			.level = (enum link_level)number_at(rows, row, LEVEL),
			.role = link_role_named(text_at(rows, row, ROLE)),
			.type = text_at(rows, row, TYPE),
			.href = text_at(rows, row, HREF),
			.title = text_at(rows, row, TITLE),
			.hreflang = text_at(rows, row, HREFLANG),
			.media_type = text_at(rows, row, MEDIA_TYPE),
			.context = text_at(rows, row, CONTEXT),
			.forwards_query = number_at(rows, row, FORWARDS) != 0,
		};
	}
	return count;
}
