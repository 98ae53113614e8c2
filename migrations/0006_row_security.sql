-- Row-level security, forced even for the tables' owner: the console sees the brand of its session
-- and no other; jobs and the operator see all.

DO $$
DECLARE t regclass;
BEGIN
	FOR t IN SELECT a.attrelid::regclass FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
		WHERE a.attname = 'brand_id' AND NOT a.attisdropped AND c.relkind = 'r'
		AND c.relnamespace IN ('trace'::regnamespace, 'code'::regnamespace, 'job'::regnamespace)
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console
			USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand())', t);
	END LOOP;

	-- Tables that know their brand through the GTIN.
	FOREACH t IN ARRAY ARRAY['code.gtin_counter', 'code.run', 'code.item', 'code.event']::regclass[]
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console
			USING (EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = %I.gtin))', t,
			(SELECT relname FROM pg_class WHERE oid = t));
	END LOOP;
END $$;

ALTER TABLE trace.brand ENABLE ROW LEVEL SECURITY;
ALTER TABLE trace.brand FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON trace.brand TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true);
CREATE POLICY own_brand ON trace.brand TO suyuan_console USING (id = base.session_brand());

-- The projection is public, but a competitor's console has no business counting codes in it.
DO $$
DECLARE
	t text;
	mine text;
BEGIN
	FOREACH t IN ARRAY ARRAY['brand', 'gtin', 'hide', 'product', 'lot', 'recall', 'run', 'item']
	LOOP
		mine := CASE WHEN t IN ('brand', 'gtin', 'hide') THEN 'brand_id = base.session_brand()'
			ELSE format('EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = %I.gtin)', t) END;
		EXECUTE format('ALTER TABLE pub.%I ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE pub.%I FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON pub.%I TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY public ON pub.%I FOR SELECT TO suyuan_public USING (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON pub.%I TO suyuan_console USING (%s)', t, mine);
	END LOOP;
END $$;
