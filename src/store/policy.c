/* Writing a decision down, telling every reader, and making the documents follow. */
#include "store/policy.h"

#include "store/sql.h"

static bool project(struct db *db, const struct policy_scope *scope, struct projection *projection)
{
	if (scope->gtin == 0)
		return projection_run_brand(db, projection, scope->brand_id);
	return projection_run(db, projection, &scope->gtin, 1);
}

bool policy_decide(struct db *db, const struct policy_scope *scope, const char *choices,
		   struct projection *projection, bool *ret_decided)
{
	*ret_decided = db_run(db, &sql_policy_choose,
			      DB_VALUES(db_number(scope->brand_id), db_number((int64_t)scope->gtin),
					db_text(choices), db_text("command")));
	return *ret_decided && project(db, scope, projection);
}

bool policy_set_law(struct db *db, const struct policy_law *law, struct projection *projection,
		    bool *ret_rules)
{
	PGresult *reached =
	    db_query(db, &sql_policy_law,
		     DB_VALUES(db_text(law->rules), db_text(law->file_name), db_text(law->text)));
	bool ok = reached != NULL;

	*ret_rules = ok;
	for (int i = 0; ok && i < PQntuples(reached); i++) {
		const struct policy_scope scope = { db_number_at(reached, i, 0),
						    (uint64_t)db_number_at(reached, i, 1) };

		ok = project(db, &scope, projection);
	}
	PQclear(reached);
	return ok;
}
