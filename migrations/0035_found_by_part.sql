-- Products and records are found by a part of their name; replaces trace.product_list and record_list of 0023.

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
