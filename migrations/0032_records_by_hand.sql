-- Records entered by hand, one at a time, by the rules of an import.

-- Makes pg_temp.import_row of one record that says this (column: text, words or parameters); gives its key. What no
-- column can hold is refused at the column.
CREATE FUNCTION trace.record_stage(kind text, says jsonb) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	col text;
	key text;
BEGIN
	FOR col IN SELECT c.name FROM trace.import_columns(kind) AS c WHERE says ? c.name LOOP
		BEGIN
			EXECUTE format('SELECT jsonb_populate_record(NULL::trace.%I, $1)', kind)
				USING jsonb_strip_nulls(jsonb_build_object(col, says -> col));
		EXCEPTION WHEN invalid_parameter_value THEN
			PERFORM code.refuse(422, 'time_zone: is no known time zone',
				json_build_object('member', 'time_zone', 'code', 'time_zone_unknown'));
		WHEN check_violation OR data_exception THEN
			PERFORM code.refuse(422, format('%s: is beyond what can be recorded', col),
				json_build_object('member', col, 'code', 'out_of_range'));
		END;
	END LOOP;
	PERFORM trace.import_open(kind);
	EXECUTE (SELECT format('INSERT INTO pg_temp.import_row (at, line, part, %1$s)
			SELECT 1, 1, 1, %2$s FROM jsonb_populate_record(NULL::trace.%3$I, $1) AS v RETURNING record_key',
			string_agg(quote_ident(c.name), ', '),
			string_agg(CASE WHEN c.standard IS NULL THEN format('v.%I', c.name)
				ELSE format('coalesce(v.%I, %s)', c.name, c.standard) END, ', '), kind)
		FROM trace.import_columns(kind) AS c) INTO key USING jsonb_strip_nulls(says);
	RETURN key;
END $$;

-- Checks that row and refuses it at the first column that is wrong. Gives the number of what it would replace.
CREATE FUNCTION trace.record_check(kind text, given jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	wrong record;
BEGIN
	IF trace.import_check(kind, base.session_brand(), given) > 0 THEN
		SELECT f.* INTO wrong FROM trace.import_refused(0, 1) AS f;
		PERFORM code.refuse(422, format('%s: %s', wrong.field, wrong.reason),
			json_build_object('member', wrong.field, 'code', wrong.code));
	END IF;
	RETURN (SELECT m.replaces FROM pg_temp.import_merged AS m);
END $$;

-- The languages of both, so that what the newer one leaves out is gone.
CREATE FUNCTION trace.record_languages(before jsonb, says jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_agg(k), '[]') FROM jsonb_object_keys(
		coalesce(nullif(before, 'null'), '{}') || coalesce(nullif(says, 'null'), '{}')) AS k
$$;

-- Records the row that was checked; of this key there is one that counts then: its number.
CREATE FUNCTION trace.record_keep(kind text, key text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
BEGIN
	PERFORM trace.import_record(kind, base.session_brand(), 'console');
	EXECUTE format('SELECT r.id FROM trace.%I AS r WHERE r.brand_id = base.session_brand() AND r.record_key = $1
		ORDER BY r.id DESC LIMIT 1', kind) INTO made USING key;
	DROP TABLE pg_temp.import_row, pg_temp.import_refusal, pg_temp.import_merged, pg_temp.import_double;
	RETURN made;
END $$;

-- As in 0023, in the steps above.
CREATE OR REPLACE FUNCTION trace.record_correct(kind text, of_id bigint, says jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r jsonb := trace.record_newest(kind, of_id);
	given jsonb := '{}';
	col record;
	key text;
BEGIN
	-- What tells it apart is no part of a correction: another key is another record.
	FOR col IN SELECT c.* FROM trace.import_columns(kind) AS c LOOP
		IF strpos((SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d JOIN pg_attribute AS a
				ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attname = 'record_key'
				AND d.adrelid = format('trace.%I', kind)::regclass), col.name) > 0
			AND col.name NOT IN ('name', 'test') THEN
			says := says || jsonb_build_object(col.name, r -> col.name);
		END IF;
		IF says ? col.name THEN
			given := given || jsonb_build_object(col.name, CASE WHEN col.is_words
				THEN trace.record_languages(r -> col.name, says -> col.name) ELSE '[]' END);
		END IF;
	END LOOP;
	key := trace.record_stage(kind, says);
	IF trace.record_check(kind, given) <> of_id THEN
		PERFORM code.refuse(409, 'This record has been corrected meanwhile: look at the newer one first.',
			json_build_object('member', 'id', 'code', 'record_replaced'));
	END IF;
	RETURN trace.record_keep(kind, key);
END $$;

-- The column that somebody who enters a key that is taken would change.
CREATE FUNCTION trace.record_key_end(kind text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE kind WHEN 'product' THEN 'gtin' WHEN 'lot' THEN 'lot' WHEN 'material_lot' THEN 'lot'
		WHEN 'material' THEN 'position' WHEN 'step' THEN 'position' WHEN 'lot_input' THEN 'input_lot'
		WHEN 'inspection' THEN 'test_code' ELSE 'code' END
$$;

-- A new record, by the rules of an import but one: what is recorded under its key already is not corrected by
-- the way. One that was withdrawn may be entered again, whole. With the owner's rights, as record_correct is.
CREATE FUNCTION trace.record_add(kind text, says jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	key text;
	before jsonb;
	counts boolean;
	replaced bigint;
BEGIN
	PERFORM trace.record_search(kind);
	key := trace.record_stage(kind, says);
	EXECUTE format('SELECT to_jsonb(r) FROM trace.%I AS r WHERE r.brand_id = base.session_brand() AND r.record_key = $1
		ORDER BY r.id DESC LIMIT 1', kind) INTO before USING key;
	replaced := trace.record_check(kind, (SELECT jsonb_object_agg(c.name, CASE WHEN c.is_words
		THEN trace.record_languages(before -> c.name, says -> c.name) ELSE '[]' END)
		FROM trace.import_columns(kind) AS c));
	EXECUTE format('SELECT NOT r.withdrawn FROM trace.%I AS r WHERE r.id = $1', kind) INTO counts USING replaced;
	IF counts THEN
		PERFORM code.refuse(409, 'There is a record of this already: correct that one.',
			json_build_object('member', trace.record_key_end(kind), 'code', 'record_known', 'id', replaced));
	END IF;
	RETURN trace.record_keep(kind, key);
END $$;
REVOKE EXECUTE ON FUNCTION trace.record_add FROM suyuan_jobs;
REVOKE EXECUTE ON FUNCTION trace.record_stage, trace.record_check, trace.record_keep FROM suyuan_console, suyuan_jobs;

-- --- what a form for a new record can offer ------------------------------------------------------

-- What there is to be named by column, [[value, words], …], at most 100 of each, the newest or, of one product,
-- its own; and what the next record will mostly say.
-- Keys are put together before they are looked up: under row security no index is asked for the result of an
-- expression.
CREATE FUNCTION trace.record_offer(kind text, of_gtin bigint, of_lot text, lang text) RETURNS text
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	WITH brand AS MATERIALIZED (SELECT base.session_brand() AS id, of_gtin::text AS product_key),
	col AS (SELECT array_agg(c.name) AS names FROM trace.import_columns(kind) AS c),
	last_lot AS (SELECT l.facility, l.unit FROM brand, trace.lot_now AS l WHERE of_gtin <> 0 AND l.brand_id = brand.id
		AND l.gtin = of_gtin AND (kind = 'lot' OR l.lot = of_lot) ORDER BY l.id DESC LIMIT 1)
	SELECT json_strip_nulls(json_build_object(
		'product', (SELECT trace.words_in(p.name::jsonb, lang) FROM brand, trace.product_now AS p
			WHERE p.brand_id = brand.id AND p.record_key = brand.product_key LIMIT 1),
		'time_zone', (SELECT coalesce(nullif(b.time_zone, 'UTC'), trace.fields_zone(b.id))
			FROM brand JOIN trace.brand AS b USING (id)),
		'offers', json_build_object(
			'gtin', CASE WHEN kind <> 'product' AND 'gtin' = ANY (col.names) THEN (
				SELECT json_agg(json_build_array(lpad(g.gtin::text, 14, '0'), (SELECT trace.words_in(p.name::jsonb, lang)
					FROM trace.product_now AS p WHERE p.brand_id = g.brand_id AND p.record_key = g.key LIMIT 1))
					ORDER BY g.gtin)
				FROM (SELECT o.brand_id, o.gtin::bigint AS gtin, o.gtin::text AS key FROM brand, trace.gtin_owner AS o WHERE o.brand_id = brand.id
					ORDER BY o.since DESC LIMIT 100) AS g) END,
			'facility', CASE WHEN 'facility' = ANY (col.names) THEN (
				SELECT json_agg(json_build_array(f.code, trace.words_in(f.name::jsonb, lang)) ORDER BY f.code)
				FROM (SELECT n.* FROM brand, trace.facility_now AS n WHERE n.brand_id = brand.id
					ORDER BY n.id DESC LIMIT 100) AS f) END,
			'supplier', CASE WHEN 'supplier' = ANY (col.names) THEN (
				SELECT json_agg(json_build_array(s.code, trace.words_in(s.name::jsonb, lang)) ORDER BY s.code)
				FROM (SELECT n.* FROM brand, trace.supplier_now AS n WHERE n.brand_id = brand.id
					ORDER BY n.id DESC LIMIT 100) AS s) END,
			'lot', CASE WHEN kind NOT IN ('lot', 'material_lot') AND 'lot' = ANY (col.names) AND of_gtin <> 0 THEN (
				SELECT json_agg(json_build_array(l.lot, concat_ws(' – ', l.produced_on, l.best_before)))
				FROM (SELECT n.* FROM brand, trace.lot_now AS n WHERE n.brand_id = brand.id AND n.gtin = of_gtin
					ORDER BY n.lot COLLATE "C" DESC LIMIT 100) AS l) END,
			'material', CASE WHEN 'material' = ANY (col.names) THEN (
				SELECT json_agg(DISTINCT jsonb_build_array(m.material, m.supplier))
				FROM (SELECT n.* FROM brand, trace.material_lot_now AS n WHERE n.brand_id = brand.id
					ORDER BY n.id DESC LIMIT 100) AS m) END,
			'input_lot', CASE WHEN kind = 'lot_input' THEN (
				SELECT json_agg(json_build_array(m.lot, concat_ws(' · ', m.supplier, m.material, trace.words_in(m.name::jsonb, lang))))
				FROM (SELECT n.* FROM brand, trace.material_lot_now AS n WHERE n.brand_id = brand.id
					ORDER BY n.id DESC LIMIT 100) AS m) END,
			'test_code', CASE WHEN kind = 'inspection' THEN (
				SELECT json_agg(DISTINCT jsonb_build_array(i.test_code, trace.words_in(i.test::jsonb, lang)))
				FROM (SELECT n.* FROM brand, trace.inspection_now AS n WHERE n.brand_id = brand.id
					ORDER BY n.id DESC LIMIT 100) AS i) END,
			'time_zone', CASE WHEN kind IN ('facility', 'step', 'inspection') THEN (
				SELECT json_agg(DISTINCT jsonb_build_array(z.name, '')) FROM (
					SELECT f.time_zone AS name FROM (SELECT n.* FROM brand, trace.facility_now AS n
						WHERE n.brand_id = brand.id ORDER BY n.id DESC LIMIT 100) AS f
					UNION ALL SELECT b.time_zone FROM brand JOIN trace.brand AS b USING (id)
					UNION ALL SELECT 'Asia/Shanghai') AS z) END),
		'says', json_build_object(
			'facility', CASE WHEN kind IN ('lot', 'step') THEN (SELECT l.facility FROM last_lot AS l) END,
			'unit', CASE WHEN kind = 'lot' THEN (SELECT l.unit FROM last_lot AS l) END,
			'time_zone', CASE WHEN kind = 'facility' THEN (SELECT b.time_zone FROM brand JOIN trace.brand AS b USING (id)) END,
			'position', CASE kind
				WHEN 'step' THEN (SELECT max(s.position) + 1 FROM brand, trace.step_now AS s WHERE s.brand_id = brand.id
					AND s.gtin = of_gtin AND s.lot = of_lot)
				WHEN 'material' THEN (SELECT max(m.position) + 1 FROM brand, trace.material_now AS m
					WHERE m.brand_id = brand.id AND m.gtin = of_gtin AND m.lot = of_lot) END)))::text
	FROM col
$$;
