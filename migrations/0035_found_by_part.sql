-- Products and records are found by a part of their name; replaces trace.product_list and record_list of 0023 and
-- record_offer of 0032.

-- What a text of JSON holds where a value has this in it: looked for first, before each value is.
CREATE FUNCTION trace.as_in_json(q text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT lower(substr(t, 2, length(t) - 2)) FROM (SELECT to_json(q)::text AS t) AS j
$$;

-- As in 0023, but the name, in whatever language, and the GTIN are found by any part: how Chinese names begin is
-- seldom what one remembers. All names of the brand are read for it.
CREATE OR REPLACE FUNCTION trace.product_list(q text, after bigint, lang text, most bigint)
RETURNS TABLE (line text, cursor_id bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
	of_brand bigint := base.session_brand();
	low text := lower(q);
	needle text := trace.as_in_json(q);
	found_gtins bigint[];
BEGIN
	IF q = '' THEN
		found_gtins := ARRAY(SELECT o.gtin FROM trace.gtin_owner AS o WHERE o.brand_id = of_brand AND o.gtin > after
			ORDER BY o.brand_id, o.gtin LIMIT most);
	ELSE
		found_gtins := ARRAY(SELECT t.g FROM (
			(SELECT o.gtin::bigint AS g FROM trace.gtin_owner AS o WHERE q ~ '^[0-9]{1,14}$' AND o.brand_id = of_brand
				AND o.gtin > after AND strpos(lpad(o.gtin::text, 14, '0'), q) > 0
				ORDER BY o.brand_id, o.gtin LIMIT most)
			UNION
			(SELECT p.gtin::bigint FROM trace.product AS p WHERE p.brand_id = of_brand AND p.gtin > after
				AND NOT p.withdrawn AND strpos(lower(p.name::text), needle) > 0
				AND EXISTS (SELECT FROM jsonb_each_text(p.name) AS w WHERE strpos(lower(w.value), low) > 0)
				AND NOT EXISTS (SELECT FROM trace.product AS n WHERE n.replaces = p.id)
				ORDER BY p.gtin + 0 LIMIT most)) AS t ORDER BY t.g LIMIT most);
	END IF;
	RETURN QUERY SELECT json_build_object('gtin', lpad(g.gtin::text, 14, '0'),
			'name', trace.words_in(p.name, lang), 'record', p.id,
			'photo', EXISTS (SELECT FROM trace.photo_now AS h WHERE h.gtin = g.gtin),
			'lots', lots.count, 'codes', coalesce(pg.issued, 0),
			'recalls', (SELECT count(*) FROM pub.recall AS c WHERE c.gtin = g.gtin),
			'public', EXISTS (SELECT FROM pub.product AS d WHERE d.gtin = g.gtin))::text, g.gtin
		FROM unnest(found_gtins) AS g (gtin)
		LEFT JOIN LATERAL (SELECT t.id, t.name::jsonb AS name FROM trace.product_now AS t WHERE t.brand_id = of_brand
			AND t.record_key = g.gtin::text LIMIT 1) AS p ON true
		LEFT JOIN LATERAL (SELECT c.issued FROM pub.gtin AS c WHERE c.gtin = g.gtin) AS pg ON true
		CROSS JOIN LATERAL (SELECT count(*) AS count FROM (SELECT FROM trace.lot_now AS l
			WHERE l.brand_id = of_brand AND l.gtin = g.gtin LIMIT 101) AS few) AS lots
		ORDER BY g.gtin;
END $$;
-- Nobody asks any more how names begin.
DROP FUNCTION trace.gtin_ranges;
ALTER TABLE trace.product DROP COLUMN begins_zh, DROP COLUMN begins_en, DROP COLUMN begins_other;

-- What a record of this kind is called, or '' where that is not searched: the records of lots are too many to
-- read all their names, but those of one GTIN are not.
CREATE FUNCTION trace.record_called(kind text, of_gtin bigint) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN kind IN ('product', 'facility', 'supplier', 'material_lot') THEN 'name'
		WHEN of_gtin = 0 THEN '' WHEN kind IN ('material', 'step') THEN 'name'
		WHEN kind = 'inspection' THEN 'test' WHEN kind = 'document' THEN 'title' ELSE '' END
$$;

-- As in 0023, but what has a name is found by a part of it, too, and a product by a part of its GTIN.
CREATE OR REPLACE FUNCTION trace.record_list(kind text, q text, of_gtin bigint, what text, after_key text, after_id bigint,
	lang text, most bigint) RETURNS TABLE (line text, cursor_key text, cursor_id bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_sort = off AS $$
DECLARE
	ordered text := trace.record_search(kind);
	called text := trace.record_called(kind, of_gtin);
	searched boolean := q <> '' OR of_gtin <> 0;
	has_gtin boolean := EXISTS (SELECT FROM trace.import_columns(kind) AS c WHERE c.name = 'gtin');
	begins text := format('o.%1$I COLLATE "C" >= $1 AND o.%1$I COLLATE "C" < $2', ordered);
BEGIN
	IF called <> '' THEN
		begins := format('(%s OR (strpos(lower(o.%2$I::text), $10) > 0 AND EXISTS (SELECT FROM jsonb_each_text(o.%2$I) AS w
			WHERE strpos(lower(w.value), lower($1)) > 0)))', begins, called);
	END IF;
	IF kind = 'product' THEN
		begins := format('(%s OR strpos(lpad(o.gtin::text, 14, ''0''), $1) > 0)', begins);
	END IF;
	RETURN QUERY EXECUTE format($q$
		SELECT json_build_object('id', r.id, 'kind', $9, 'key', trace.record_name($9, r.record_key),
			'gtin', lpad(to_jsonb(r) ->> 'gtin', 14, '0'), 'lot', to_jsonb(r) ->> 'lot',
			'says', trace.record_says($9, to_jsonb(r), $7), 'verdict', to_jsonb(r) ->> 'verdict',
			'recorded_at', job.moment(r.recorded_at), 'by', r.recorded_by, 'source', r.source,
			'corrects', r.replaces, 'withdrawn', r.withdrawn)::text, (r.%2$I)::text, r.id
		FROM (SELECT o.* FROM trace.%1$I AS o
			WHERE o.brand_id = base.session_brand() AND %3$s
			AND NOT EXISTS (SELECT FROM trace.%1$I AS n WHERE n.replaces = o.id)
			ORDER BY %4$s LIMIT $8) AS r ORDER BY %5$s$q$,
		kind, ordered,
		concat_ws(' AND ', CASE what WHEN 'withdrawn' THEN 'o.withdrawn' ELSE 'NOT o.withdrawn' END,
			CASE WHEN of_gtin <> 0 AND has_gtin THEN 'o.gtin = $3' END,
			CASE WHEN q <> '' THEN begins END,
			CASE WHEN after_id > 0 THEN CASE WHEN searched
				THEN format('(o.%I COLLATE "C", o.id) > ($5, $6)', ordered) ELSE 'o.id < $6' END END),
		CASE WHEN searched THEN format('o.%I COLLATE "C", o.id', ordered) ELSE 'o.id DESC' END,
		CASE WHEN searched THEN format('r.%I COLLATE "C", r.id', ordered) ELSE 'r.id DESC' END)
	USING q, q || U&'\+10FFFF', of_gtin, what, after_key, after_id, lang, most, kind, trace.as_in_json(q);
END $$;

-- As in 0032, but keys are put together before they are looked up: under row security, no index is asked for the
-- result of an expression.
CREATE OR REPLACE FUNCTION trace.record_offer(kind text, of_gtin bigint, of_lot text, lang text) RETURNS text
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
