/*
 * What the public may see, decided field by field for a brand or one GTIN. Denying is instant: the
 * denial is committed, and every reader honours it, before documents are made anew.
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
 * Writes down `choices`, {"field": "choice"} as JSON (model/visibility.h), commits, and makes the
 * documents anew. False: db->error, which is a refusal where the law forbids one of them;
 * `*ret_decided` tells whether the decision stands all the same: then the documents are behind
 * until a projection over the scope ends, and a denial holds meanwhile.
 */
MUSTCHECK bool policy_decide(struct db *db, const struct policy_scope *scope, const char *choices,
			     struct projection *projection, bool *ret_decided);

/* A file of rules (model/law.h): what it is called, what stands in it, and its rules as JSON. */
struct policy_law {
	const char *file_name, *text, *rules;
};

/*
 * The rules of law from now on, and the documents they reach. False: db->error; *ret_rules: whether
 * they stand all the same.
 */
MUSTCHECK bool policy_set_law(struct db *db, const struct policy_law *law,
			      struct projection *projection, bool *ret_rules);

#endif
