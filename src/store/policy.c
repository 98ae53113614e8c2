/* Writing a decision down, telling every reader, and making the documents follow. */
#include "store/policy.h"

#include "base/buf.h"
#include "store/sql.h"

/* "{product.name,lot.number}" */
static const char *field_array(struct buf *room, field_set fields)
{
	buf_add_char(room, '{');
	for (enum field f = 0; f < FIELD_COUNT; f++) {
		if ((fields & field_bit(f)) == 0)
			continue;
		if (room->length > 1)
			buf_add_char(room, ',');
		buf_add_string(room, field_describe(f)->name);
	}
	buf_add_char(room, '}');
	return buf_string(room);
}

static bool touch(struct db *db, const struct policy_scope *scope)
{
	if (scope->gtin == 0)
		return db_run(db, &sql_touch_brand, DB_VALUES(db_number(scope->brand_id)));
	return db_run(db, &sql_policy_touch, DB_VALUES(db_number((int64_t)scope->gtin)));
}

static bool decide(struct db *db, const struct sql_query *query, const struct policy_scope *scope,
		   field_set fields)
{
	struct buf room;
	const char *names;
	bool ok;

	buf_init(&room, 1 << 16);
	names = field_array(&room, fields);
	ok = names != NULL && db_begin(db) &&
	     db_run(db, query,
		    DB_VALUES(db_number(scope->brand_id), db_number((int64_t)scope->gtin),
			      db_text(names))) &&
	     touch(db, scope) && db_commit(db);
	if (!ok)
		db_rollback(db);
	buf_release(&room);
	return ok;
}

static bool project(struct db *db, const struct policy_scope *scope, struct projection *projection)
{
	if (scope->gtin == 0)
		return projection_run_brand(db, projection, scope->brand_id);
	return projection_run(db, projection, &scope->gtin, 1);
}

bool policy_hide(struct db *db, const struct policy_scope *scope, field_set fields,
		 struct projection *projection, bool *ret_decided)
{
	*ret_decided = decide(db, &sql_policy_hide, scope, fields);
	return *ret_decided && project(db, scope, projection);
}

bool policy_show(struct db *db, const struct policy_scope *scope, field_set fields,
		 struct projection *projection, bool *ret_decided)
{
	*ret_decided = decide(db, &sql_policy_show, scope, fields);
	return *ret_decided && project(db, scope, projection);
}
