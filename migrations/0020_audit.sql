-- The log of changes (O7): who changed what of a brand, and what an auditor read. Entries are written in the
-- transaction of the change itself, by triggers, so that no way of changing can forget them.

CREATE SCHEMA audit;
GRANT USAGE ON SCHEMA audit TO suyuan_console, suyuan_jobs;

CREATE TABLE audit.entry (
	id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id bigint,                             -- NULL: of no single brand
	at       timestamptz NOT NULL DEFAULT clock_timestamp(),
	who      text NOT NULL DEFAULT base.session_by(),
	action   text NOT NULL,                      -- "insert", "update", "delete", "read", or a word of its own
	object   text NOT NULL,                      -- "trace.recall 17"; the address that was read
	via      text NOT NULL DEFAULT coalesce(current_setting('suyuan.action', true), ''),   -- of routes.def
	details  jsonb NOT NULL DEFAULT '{}'         -- {"column": [before, after]}, or members of its own
);
CREATE INDEX entry_brand ON audit.entry (brand_id, id DESC);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entry
	EXECUTE FUNCTION trace.refuse_change();

-- For what no row shows: signing in, refusals, exports, reads.
CREATE FUNCTION audit.note(of_brand bigint, of_action text, of_object text, of_details jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	INSERT INTO audit.entry (brand_id, action, object, details)
	VALUES (of_brand, of_action, left(of_object, 1000), of_details)
$$;

-- Trigger of a watched table; its arguments are columns that are left out: secrets, and what is large.
CREATE FUNCTION audit.row_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
	after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
	row_now jsonb := CASE WHEN TG_OP = 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END;
	changed jsonb;
BEGIN
	SELECT coalesce(jsonb_object_agg(k, jsonb_build_array(before -> k, after -> k)), '{}') INTO changed
	FROM (SELECT jsonb_object_keys(before) UNION SELECT jsonb_object_keys(after)) AS t(k)
	WHERE before -> k IS DISTINCT FROM after -> k
		AND NOT k = ANY (coalesce(TG_ARGV, '{}'));
	IF TG_OP = 'UPDATE' AND changed = '{}' THEN RETURN NULL; END IF;
	INSERT INTO audit.entry (brand_id, action, object, details)
	VALUES (coalesce((row_now ->> 'brand_id')::bigint,
			CASE WHEN TG_TABLE_SCHEMA = 'trace' AND TG_TABLE_NAME = 'brand' THEN (row_now ->> 'id')::bigint END),
		lower(TG_OP), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME
			|| coalesce(' ' || coalesce(row_now ->> 'id', row_now ->> 'name', row_now ->> 'gtin'), ''), changed);
	RETURN NULL;
END $$;

-- Every change of the table's rows is logged from now on, but for these columns.
CREATE FUNCTION audit.watch(of_table regclass, VARIADIC left_out text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('CREATE TRIGGER audited AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW
		EXECUTE FUNCTION audit.row_changed(%s)', of_table,
		(SELECT coalesce(string_agg(quote_literal(c), ', '), '') FROM unnest(left_out) AS c));
END $$;
REVOKE EXECUTE ON FUNCTION audit.watch FROM suyuan_console, suyuan_jobs;

SELECT audit.watch('team.account');
SELECT audit.watch('team.pass', 'sha256', 'seen_at');
SELECT audit.watch('trace.brand', 'lot_key');
SELECT audit.watch('trace.gtin_owner');
SELECT audit.watch('trace.visibility');
SELECT audit.watch('trace.recall');
SELECT audit.watch('trace.link');

DO $$
BEGIN
	ALTER TABLE audit.entry ENABLE ROW LEVEL SECURITY;
	ALTER TABLE audit.entry FORCE ROW LEVEL SECURITY;
	CREATE POLICY everything ON audit.entry TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
	CREATE POLICY own_brand ON audit.entry TO suyuan_console USING (brand_id = base.session_brand());
END $$;
GRANT SELECT ON audit.entry TO suyuan_console, suyuan_jobs;
