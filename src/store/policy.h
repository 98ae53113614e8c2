/*
 * What the public may see, decided field by field for a brand or one GTIN. Denying is instant:
 * policy_hide() has committed the denial, which every reader honours, before documents are made
 * anew.
 */
#ifndef SUYUAN_STORE_POLICY_H
#define SUYUAN_STORE_POLICY_H

#include "model/visibility.h"
#include "store/projection.h"

struct policy_scope {
	int64_t brand_id;
	uint64_t gtin; /* 0: every GTIN of the brand that has no decision of its own */
};

/*
 * Decides for `fields`, commits, and makes the documents anew. False: db->error; `*ret_decided`
 * tells whether the decision stands all the same: then the documents are behind until a
 * projection over the scope ends, and a denial holds meanwhile.
 */
MUSTCHECK bool policy_hide(struct db *db, const struct policy_scope *scope, field_set fields,
			   struct projection *projection, bool *ret_decided);
MUSTCHECK bool policy_show(struct db *db, const struct policy_scope *scope, field_set fields,
			   struct projection *projection, bool *ret_decided);

#endif
