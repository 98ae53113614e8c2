-- Browsing and searching records, correcting and withdrawing one by hand; imports by upload.

-- --- finding records -----------------------------------------------------------------------------

-- The column that a list of this record is searched by and ordered by then; also the check that there is
-- such a record.
CREATE FUNCTION trace.record_search(kind text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF kind IN ('lot', 'material_lot', 'lot_input', 'step', 'inspection', 'material') THEN
		RETURN 'lot';
	ELSIF kind IN ('facility', 'supplier', 'document') THEN
		RETURN 'code';
	ELSIF kind = 'product' THEN
		RETURN 'record_key';
	END IF;
	PERFORM code.refuse(404, 'There is no such kind of record.', json_build_object('member', 'kind'));
END $$;

-- Names are searched by how they begin, in the languages that most have; kept as columns, because under
-- row security only a column itself is looked up by index.
ALTER TABLE trace.product
	ADD COLUMN begins_zh text COLLATE "C" GENERATED ALWAYS AS (lower(left(name ->> 'zh-CN', 100))) STORED,
	ADD COLUMN begins_en text COLLATE "C" GENERATED ALWAYS AS (lower(left(name ->> 'en', 100))) STORED,
	ADD COLUMN begins_other text COLLATE "C" GENERATED ALWAYS AS (lower(left(name ->> 'und', 100))) STORED;
CREATE INDEX product_begins_zh ON trace.product (brand_id, begins_zh, id) WHERE begins_zh IS NOT NULL;
CREATE INDEX product_begins_en ON trace.product (brand_id, begins_en, id) WHERE begins_en IS NOT NULL;
CREATE INDEX product_begins_other ON trace.product (brand_id, begins_other, id) WHERE begins_other IS NOT NULL;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['product', 'facility', 'supplier', 'material', 'lot', 'material_lot', 'lot_input',
		'step', 'inspection', 'document']
	LOOP
		EXECUTE format('CREATE INDEX %I ON trace.%I (brand_id, (%I COLLATE "C"), id)', t || '_search', t,
			trace.record_search(t));
		EXECUTE format('CREATE INDEX %I ON trace.%I (brand_id, id) WHERE withdrawn', t || '_withdrawn', t);
		IF t IN ('material', 'lot', 'lot_input', 'step', 'inspection', 'document') THEN
			EXECUTE format('CREATE INDEX %I ON trace.%I (brand_id, gtin, (%I COLLATE "C"), id)',
				t || '_search_gtin', t, trace.record_search(t));
		END IF;
	END LOOP;
END $$;
-- From a material's lot to what it went into, and from a lot to its codes.
CREATE INDEX lot_input_from ON trace.lot_input (brand_id, supplier, material, (input_lot COLLATE "C"), id);
CREATE INDEX batch_of_lot ON code.batch (gtin, lot);
CREATE INDEX run_of_lot ON code.run (gtin, lot) WHERE lot IS NOT NULL;

-- The text in this language, or in another.
CREATE FUNCTION trace.words_in(words jsonb, lang text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT coalesce(words ->> lang, words ->> 'en', words ->> 'zh-CN', words ->> 'und',
		(SELECT value FROM jsonb_each_text(words) LIMIT 1))
$$;

-- What tells a record apart, for people: 09506000134352 · LOT-1.
CREATE FUNCTION trace.record_name(kind text, key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT array_to_string(array_remove(CASE
		WHEN kind IN ('facility', 'supplier', 'material_lot') THEN part
		ELSE ARRAY[lpad(part[1], 14, '0')] || part[2:] END, ''), ' · ')
	FROM string_to_array(key, '|') AS part
$$;

-- The one thing that a line of a list says besides.
CREATE FUNCTION trace.record_says(kind text, r jsonb, lang text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE kind
		WHEN 'lot' THEN nullif(concat_ws(' – ', r ->> 'produced_on', r ->> 'best_before'), '')
		WHEN 'lot_input' THEN concat_ws(' ', r ->> 'quantity', r ->> 'unit')
		WHEN 'inspection' THEN concat_ws(' ', trace.words_in(r -> 'test', lang),
			coalesce(r ->> 'value', r ->> 'value_text'), r ->> 'unit')
		WHEN 'document' THEN trace.words_in(r -> 'title', lang)
		ELSE trace.words_in(r -> 'name', lang) END
$$;

-- A page of the records that count (or, `what` = 'withdrawn', of those that do not any more): newest first, or
-- from the first whose number begins with `q`, of one GTIN or of all (0). The cursor of a row is of the page
-- that begins behind it.
CREATE FUNCTION trace.record_list(kind text, q text, of_gtin bigint, what text, after_key text, after_id bigint,
	lang text, most bigint) RETURNS TABLE (line text, cursor_key text, cursor_id bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_sort = off AS $$
DECLARE
	ordered text := trace.record_search(kind);
	searched boolean := q <> '' OR of_gtin <> 0;
	has_gtin boolean := EXISTS (SELECT FROM trace.import_columns(kind) AS c WHERE c.name = 'gtin');
BEGIN
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
			CASE WHEN q <> '' THEN format('o.%1$I COLLATE "C" >= $1 AND o.%1$I COLLATE "C" < $2', ordered) END,
			CASE WHEN after_id > 0 THEN CASE WHEN searched
				THEN format('(o.%I COLLATE "C", o.id) > ($5, $6)', ordered) ELSE 'o.id < $6' END END),
		CASE WHEN searched THEN format('o.%I COLLATE "C", o.id', ordered) ELSE 'o.id DESC' END,
		CASE WHEN searched THEN format('r.%I COLLATE "C", r.id', ordered) ELSE 'r.id DESC' END)
	USING q, q || U&'\+10FFFF', of_gtin, what, after_key, after_id, lang, most, kind;
END $$;

-- The same for who has the cursor of a row as text.
CREATE FUNCTION trace.record_page(kind text, q text, of_gtin bigint, what text, cursor_text text, lang text, most bigint)
RETURNS TABLE (line text, cursor_text_out text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	behind text := '';
	behind_id bigint := 0;
BEGIN
	IF length(cursor_text) < 4100 AND cursor_text ~ '^[1-9][0-9]{0,17}:([0-9a-f][0-9a-f])*$' THEN
		behind_id := split_part(cursor_text, ':', 1)::bigint;
		BEGIN
			behind := convert_from(decode(split_part(cursor_text, ':', 2), 'hex'), 'UTF8');
		EXCEPTION WHEN character_not_in_repertoire THEN
			behind_id := -1;
		END;
	ELSIF cursor_text <> '' THEN
		behind_id := -1;
	END IF;
	IF behind_id < 0 THEN
		PERFORM code.refuse(400, 'cursor: is none of ours.', json_build_object('member', 'cursor'));
	ELSIF what NOT IN ('current', 'withdrawn') THEN
		PERFORM code.refuse(400, 'state: must be current or withdrawn.', json_build_object('member', 'state',
			'limit', 'current or withdrawn'));
	END IF;
	RETURN QUERY SELECT r.line, r.cursor_id || ':' || encode(convert_to(left(r.cursor_key, 1000), 'UTF8'), 'hex')
		FROM trace.record_list(kind, q, of_gtin, what, behind, behind_id, lang, most) AS r;
END $$;

-- GTINs that begin with these digits, as they are printed with 8, 12, 13 or 14 of them.
CREATE FUNCTION trace.gtin_ranges(digits text) RETURNS int8multirange
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT coalesce(range_agg(int8range(d::bigint * (10 ^ (n - length(d)))::bigint,
		(d::bigint + 1) * (10 ^ (n - length(d)))::bigint)), '{}')
	FROM (SELECT ltrim(digits, '0') AS d) AS t, unnest(ARRAY[8, 12, 13, 14]) AS n
	WHERE d <> '' AND length(d) <= n
$$;

-- The GTINs of the brand in order, behind `after`; those whose name or number begins with `q`. Lots are counted
-- up to 100.
CREATE FUNCTION trace.product_list(q text, after bigint, lang text, most bigint)
RETURNS TABLE (line text, cursor_id bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
	of_brand bigint := base.session_brand();
	low text := lower(q);
	high text := lower(q) || U&'\+10FFFF';
	found_gtins bigint[];
BEGIN
	IF q = '' THEN
		found_gtins := ARRAY(SELECT o.gtin FROM trace.gtin_owner AS o WHERE o.brand_id = of_brand AND o.gtin > after
			ORDER BY o.brand_id, o.gtin LIMIT most);
	ELSIF q ~ '^[0-9]{1,14}$' THEN
		found_gtins := ARRAY(SELECT g FROM (
			SELECT t.gtin::bigint AS g FROM unnest(trace.gtin_ranges(q)) AS span CROSS JOIN LATERAL (
				SELECT o.gtin FROM trace.gtin_owner AS o WHERE o.brand_id = of_brand AND o.gtin > after
					AND o.gtin >= lower(span) AND o.gtin < upper(span)
				ORDER BY o.brand_id, o.gtin LIMIT most) AS t) AS u ORDER BY g LIMIT most);
	ELSE
		-- Of each language the first by name; a page more begins behind the last GTIN of these.
		found_gtins := ARRAY(SELECT DISTINCT g FROM (
			(SELECT p.gtin::bigint AS g FROM trace.product AS p WHERE p.brand_id = of_brand AND p.begins_zh >= low
				AND p.begins_zh < high AND p.gtin > after AND NOT p.withdrawn
				AND NOT EXISTS (SELECT FROM trace.product AS n WHERE n.replaces = p.id) LIMIT 1000)
			UNION ALL
			(SELECT p.gtin FROM trace.product AS p WHERE p.brand_id = of_brand AND p.begins_en >= low
				AND p.begins_en < high AND p.gtin > after AND NOT p.withdrawn
				AND NOT EXISTS (SELECT FROM trace.product AS n WHERE n.replaces = p.id) LIMIT 1000)
			UNION ALL
			(SELECT p.gtin FROM trace.product AS p WHERE p.brand_id = of_brand AND p.begins_other >= low
				AND p.begins_other < high AND p.gtin > after AND NOT p.withdrawn
				AND NOT EXISTS (SELECT FROM trace.product AS n WHERE n.replaces = p.id) LIMIT 1000)) AS t
			ORDER BY g LIMIT most);
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

-- --- one record ----------------------------------------------------------------------------------

-- The public field that shows this column, or NULL where only other records show it (a supplier's name).
CREATE FUNCTION trace.public_field(kind text, col text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE
		WHEN kind IN ('facility', 'supplier', 'material_lot') OR col IN ('gtin', 'position', 'input_gtin') THEN NULL
		WHEN kind = 'lot' AND col = 'lot' THEN 'lot.number'
		WHEN kind = 'lot_input' AND col = 'input_lot' THEN 'input.lot'
		WHEN kind = 'lot_input' THEN 'input.' || col
		WHEN col = 'lot' THEN 'lot.number'
		WHEN kind = 'step' AND col IN ('started_at', 'ended_at') THEN 'step.time'
		WHEN kind = 'step' AND col = 'facility' THEN 'step.place'
		WHEN kind = 'inspection' AND col IN ('value', 'value_text', 'unit') THEN 'inspection.value'
		WHEN kind = 'inspection' AND col IN ('lower_limit', 'upper_limit') THEN 'inspection.limits'
		WHEN kind = 'inspection' AND col = 'measured_at' THEN 'inspection.time'
		WHEN kind = 'document' AND col = 'sha256' THEN 'document.digest'
		WHEN kind = 'lot' AND col = 'unit' THEN 'lot.quantity'
		ELSE kind || '.' || col END
$$;

-- A row as people read it: words by language, everything else as text, in the order of the record.
CREATE FUNCTION trace.record_fields(kind text, r jsonb, shown text[]) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_agg(json_build_object('name', c.name,
		'value', CASE WHEN c.name LIKE '%gtin' THEN to_jsonb(lpad(r ->> c.name, 14, '0'))
			WHEN c.is_words THEN r -> c.name ELSE to_jsonb(r ->> c.name) END,
		'is_words', c.is_words,
		'public', trace.public_field(kind, c.name) = ANY (shown)))
	FROM trace.import_columns(kind) WITH ORDINALITY AS c
	WHERE r -> c.name <> 'null' AND r ->> c.name <> ''
$$;

-- Codes that belong to a lot.
CREATE FUNCTION trace.lot_codes(of_gtin bigint, of_lot text) RETURNS bigint
LANGUAGE sql STABLE AS $$
	SELECT (coalesce((SELECT sum(b.quantity) FROM code.batch AS b WHERE b.gtin = of_gtin AND b.lot = of_lot), 0)
		+ coalesce((SELECT sum(upper(r.counters) - lower(r.counters)) FROM code.run AS r
			WHERE r.gtin = of_gtin AND r.lot = of_lot), 0)
		+ coalesce((SELECT sum(f.added) FROM code.foreign_list AS f
			WHERE f.gtin = of_gtin AND f.lot = of_lot), 0))::bigint
$$;

-- What a lot of a material, or of a product, went into: 200 lots at most, and how many codes of all. Keys are put
-- together before they are looked up: under row security, no index is asked for the result of an expression.
CREATE FUNCTION trace.went_into(of_supplier text, of_material text, of_gtin bigint, of_lot text) RETURNS json
LANGUAGE sql STABLE AS $$
	WITH used AS MATERIALIZED (
		SELECT i.id, i.gtin::bigint AS gtin, i.lot::text AS lot, i.quantity, i.unit,
			trace.lot_codes(i.gtin, i.lot) AS codes
		FROM trace.lot_input_now AS i
		WHERE i.brand_id = base.session_brand() AND (of_gtin = 0 AND i.supplier = of_supplier
			AND i.material = of_material AND i.input_lot COLLATE "C" = of_lot)
		UNION ALL
		SELECT i.id, i.gtin, i.lot, i.quantity, i.unit, trace.lot_codes(i.gtin, i.lot)
		FROM trace.lot_input_now AS i
		WHERE i.brand_id = base.session_brand() AND of_gtin <> 0 AND i.input_gtin = of_gtin
			AND i.input_lot = of_lot
	)
	SELECT json_build_object('lots', count(*), 'codes', coalesce(sum(u.codes), 0)::bigint,
		'list', coalesce((SELECT json_agg(json_build_object('gtin', lpad(f.gtin::text, 14, '0'), 'lot', f.lot,
				'quantity', f.quantity::text, 'unit', f.unit, 'codes', f.codes,
				'record', (SELECT l.id FROM trace.lot_now AS l WHERE l.brand_id = base.session_brand()
					AND l.record_key = f.key LIMIT 1)) ORDER BY f.gtin, f.lot)
			FROM (SELECT *, u.gtin::text || '|' || u.lot AS key FROM used AS u ORDER BY gtin, lot LIMIT 200) AS f), '[]'))
	FROM used AS u
$$;

-- What went into a lot: its inputs, each with the record of its lot and how many other lots share it.
CREATE FUNCTION trace.lot_inputs(of_gtin bigint, of_lot text, lang text) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT coalesce(json_agg(json_build_object('id', i.id, 'supplier', nullif(i.supplier, ''),
		'supplier_name', (SELECT trace.words_in(s.name::jsonb, lang) FROM trace.supplier_now AS s
			WHERE s.brand_id = i.brand_id AND s.record_key = i.supplier LIMIT 1),
		'material', nullif(i.material, ''),
		'input_gtin', lpad(i.input_gtin::text, 14, '0'), 'input_lot', i.input_lot,
		'name', (SELECT trace.words_in(m.name::jsonb, lang) FROM trace.material_lot_now AS m
			WHERE m.brand_id = i.brand_id AND m.record_key = i.material_key LIMIT 1),
		'record_kind', CASE WHEN i.input_gtin IS NULL THEN 'material_lot' ELSE 'lot' END,
		'record', CASE WHEN i.input_gtin IS NULL THEN (SELECT m.id FROM trace.material_lot_now AS m
				WHERE m.brand_id = i.brand_id
				AND m.record_key = i.material_key LIMIT 1)
			ELSE (SELECT l.id FROM trace.lot_now AS l WHERE l.brand_id = i.brand_id
				AND l.record_key = i.lot_key LIMIT 1) END,
		'quantity', i.quantity::text, 'unit', i.unit,
		'other_lots', CASE WHEN i.input_gtin IS NULL
			THEN (SELECT count(*) FROM (SELECT FROM trace.lot_input_now AS o
				WHERE o.brand_id = i.brand_id AND o.supplier = i.supplier AND o.material = i.material
				AND o.input_lot COLLATE "C" = i.input_lot AND (o.gtin, o.lot) <> (i.gtin, i.lot) LIMIT 101) AS few)
			ELSE (SELECT count(*) FROM (SELECT FROM trace.lot_input_now AS o
				WHERE o.brand_id = i.brand_id AND o.input_gtin = i.input_gtin AND o.input_lot = i.input_lot
				AND (o.gtin, o.lot) <> (i.gtin, i.lot) LIMIT 101) AS few) END)
		ORDER BY i.id), '[]')
	FROM (SELECT n.*, n.supplier || '|' || n.material || '|' || n.input_lot AS material_key,
			n.input_gtin::text || '|' || n.input_lot AS lot_key
		FROM trace.lot_input_now AS n WHERE n.brand_id = base.session_brand()
		AND n.gtin = of_gtin AND n.lot = of_lot ORDER BY n.id LIMIT 200) AS i
$$;

-- One record with all it was before and after; NULL: there is none.
CREATE FUNCTION trace.record_show(kind text, of_id bigint, lang text) RETURNS text
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
	r jsonb;
	newest jsonb;
	shown text[];
	history json;
	of_gtin bigint;
BEGIN
	PERFORM trace.record_search(kind);
	EXECUTE format('SELECT to_jsonb(r) FROM trace.%I AS r WHERE r.id = $1 AND r.brand_id = base.session_brand()', kind)
		INTO r USING of_id;
	IF r IS NULL THEN RETURN NULL; END IF;
	of_gtin := coalesce((r ->> 'gtin')::bigint, 0);
	shown := trace.visible(base.session_brand(), of_gtin);
	-- Each with what it changed in the one before it.
	EXECUTE format($q$
		WITH chain AS (
			SELECT c.id, to_jsonb(c) AS says, lag(to_jsonb(c)) OVER (ORDER BY c.id) AS before
			FROM trace.%I AS c WHERE c.brand_id = base.session_brand() AND c.record_key = $1)
		SELECT (SELECT says FROM chain ORDER BY id DESC LIMIT 1),
			(SELECT json_agg(json_build_object('id', h.id, 'recorded_at',
				job.moment((h.says ->> 'recorded_at')::timestamptz), 'by', h.says -> 'recorded_by',
				'source', h.says -> 'source', 'withdrawn', h.says -> 'withdrawn',
				'changes', (SELECT coalesce(json_agg(json_build_object('name', k.name,
						'before', coalesce(CASE WHEN k.is_words THEN trace.words_shown(h.before -> k.name) END,
							h.before ->> k.name, ''),
						'after', coalesce(CASE WHEN k.is_words THEN trace.words_shown(h.says -> k.name) END,
							h.says ->> k.name, ''))), '[]')
					FROM trace.import_columns($2) AS k WHERE h.before IS NOT NULL
					AND h.before -> k.name IS DISTINCT FROM h.says -> k.name)) ORDER BY h.id DESC)
			FROM (SELECT * FROM chain ORDER BY id DESC LIMIT 50) AS h)$q$, kind)
		INTO newest, history USING r ->> 'record_key', kind;
	RETURN json_build_object('id', of_id, 'kind', kind, 'key', trace.record_name(kind, r ->> 'record_key'),
		'says', trace.record_says(kind, r, lang),
		'state', CASE WHEN (newest ->> 'id')::bigint <> of_id THEN 'replaced'
			WHEN (r ->> 'withdrawn')::boolean THEN 'withdrawn' ELSE 'current' END,
		'newest', newest -> 'id', 'withdrawn', newest -> 'withdrawn', 'corrects', r -> 'replaces',
		'gtin', lpad(r ->> 'gtin', 14, '0'), 'lot', r ->> 'lot',
		'recorded_at', job.moment((r ->> 'recorded_at')::timestamptz), 'by', r ->> 'recorded_by',
		'source', r ->> 'source',
		'fields', trace.record_fields(kind, r, shown), 'history', history,
		'inputs', CASE WHEN kind = 'lot' THEN trace.lot_inputs(of_gtin, r ->> 'lot', lang) END,
		'codes', CASE WHEN kind = 'lot' THEN trace.lot_codes(of_gtin, r ->> 'lot') END,
		'went_into', CASE kind WHEN 'lot' THEN trace.went_into('', '', of_gtin, r ->> 'lot')
			WHEN 'material_lot' THEN trace.went_into(r ->> 'supplier', r ->> 'material', 0, r ->> 'lot') END)::text;
END $$;

CREATE FUNCTION trace.words_shown(words jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT string_agg(key || ': ' || value, ' / ' ORDER BY key) FROM jsonb_each_text(
		CASE WHEN jsonb_typeof(words) = 'object' THEN words END)
$$;

-- A GTIN of the brand with what belongs to it: the first of each; NULL: it is none of the brand's.
CREATE FUNCTION trace.product_show(of_gtin bigint, lang text) RETURNS text
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT json_build_object('gtin', lpad(o.gtin::text, 14, '0'), 'since', job.moment(o.since),
		'product', (SELECT trace.record_show('product', p.id, lang)::json FROM trace.product AS p
			WHERE p.brand_id = o.brand_id AND p.record_key = o.gtin::text ORDER BY p.id DESC LIMIT 1),
		'name', (SELECT trace.words_in(p.name::jsonb, lang) FROM trace.product_now AS p
			WHERE p.brand_id = o.brand_id AND p.record_key = o.gtin::text LIMIT 1),
		'photo', (SELECT encode(h.sha256, 'hex') FROM trace.photo_now AS h WHERE h.gtin = o.gtin LIMIT 1),
		'public', EXISTS (SELECT FROM pub.product AS d WHERE d.gtin = o.gtin),
		'codes', coalesce((SELECT g.issued FROM pub.gtin AS g WHERE g.gtin = o.gtin), 0),
		'lots', (SELECT coalesce(json_agg(l.line::json), '[]')
			FROM trace.record_list('lot', '', o.gtin, 'current', '', 0, lang, 20) AS l),
		'materials', (SELECT coalesce(json_agg(l.line::json), '[]')
			FROM trace.record_list('material', '', o.gtin, 'current', '', 0, lang, 50) AS l),
		'documents', (SELECT coalesce(json_agg(l.line::json), '[]')
			FROM trace.record_list('document', '', o.gtin, 'current', '', 0, lang, 20) AS l),
		'batches', (SELECT coalesce(json_agg(json_build_object('id', b.id, 'lot', b.lot, 'quantity', b.quantity,
				'made_at', job.moment(b.made_at)) ORDER BY b.made_at DESC), '[]')
			FROM (SELECT * FROM code.batch AS c WHERE c.gtin = o.gtin ORDER BY c.gtin, c.made_at DESC LIMIT 10) AS b),
		'recalls', (SELECT coalesce(json_agg(json_build_object('since', job.moment(c.started_at),
				'reason', trace.words_in(c.reason, lang))), '[]')
			FROM (SELECT * FROM pub.recall AS k WHERE k.gtin = o.gtin ORDER BY k.started_at DESC LIMIT 20) AS c))::text
	FROM trace.gtin_owner AS o WHERE o.brand_id = base.session_brand() AND o.gtin = of_gtin
$$;

-- --- work behind a change ------------------------------------------------------------------------

-- What a job does is done and stays: it cannot be cancelled any more.
ALTER TABLE job.job ADD COLUMN kept boolean NOT NULL DEFAULT false;

CREATE OR REPLACE FUNCTION job.cancel(id bigint) RETURNS job.state
LANGUAGE plpgsql AS $$
DECLARE j job.job;
BEGIN
	SELECT * INTO j FROM job.job AS o WHERE o.id = cancel.id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such job.');
	ELSIF j.state IN ('done', 'failed') OR j.kept THEN
		PERFORM code.refuse(409, format('state: the job is %s and cannot become cancelled',
				CASE WHEN j.kept THEN 'done' ELSE j.state::text END),
			json_build_object('member', 'state', 'state', j.state, 'wanted', 'cancelled'));
	ELSIF j.state = 'cancelled' THEN
		RETURN j.state;
	ELSIF pg_try_advisory_xact_lock(job.lock_key(j.id)) THEN
		UPDATE job.job AS o SET state = 'cancelled', cancel_wanted = true, ended_at = now()
		WHERE o.id = j.id;
		RETURN 'cancelled';
	END IF;
	UPDATE job.job AS o SET cancel_wanted = true WHERE o.id = j.id;
	RETURN j.state;
END $$;

-- GTINs whose public documents follow from records of this kind and key.
CREATE FUNCTION trace.record_touches(kind text, r jsonb) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
	SELECT ARRAY(SELECT DISTINCT t.gtin FROM (
		SELECT (r ->> 'gtin')::bigint AS gtin WHERE r ? 'gtin'
		UNION ALL SELECT l.gtin FROM trace.lot_now AS l WHERE kind = 'facility' AND l.facility = r ->> 'code'
			AND l.brand_id = (r ->> 'brand_id')::bigint
		UNION ALL SELECT s.gtin FROM trace.step_now AS s WHERE kind = 'facility' AND s.facility = r ->> 'code'
			AND s.brand_id = (r ->> 'brand_id')::bigint
		UNION ALL SELECT i.gtin FROM trace.inspection_now AS i WHERE kind = 'facility' AND i.facility = r ->> 'code'
			AND i.brand_id = (r ->> 'brand_id')::bigint
		UNION ALL SELECT m.gtin FROM trace.material_now AS m WHERE kind = 'supplier' AND m.supplier = r ->> 'code'
			AND m.brand_id = (r ->> 'brand_id')::bigint
		UNION ALL SELECT u.gtin FROM trace.lot_input_now AS u WHERE kind = 'supplier' AND u.supplier = r ->> 'code'
			AND u.brand_id = (r ->> 'brand_id')::bigint
		UNION ALL SELECT v.gtin FROM trace.lot_input_now AS v WHERE kind = 'material_lot'
			AND v.brand_id = (r ->> 'brand_id')::bigint AND v.supplier = r ->> 'supplier'
			AND v.material = r ->> 'material' AND v.input_lot COLLATE "C" = r ->> 'lot') AS t)
$$;

-- The same of a record by its number.
CREATE FUNCTION trace.record_touched(kind text, of_id bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	found_gtins bigint[];
BEGIN
	PERFORM trace.record_search(kind);
	EXECUTE format('SELECT trace.record_touches($1, to_jsonb(r)) FROM trace.%I AS r WHERE r.id = $2', kind)
		INTO found_gtins USING kind, of_id;
	RETURN coalesce(found_gtins, '{}');
END $$;

-- The job that makes public documents anew after a change of this record.
CREATE FUNCTION trace.follow_record(kind text, of_id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
BEGIN
	INSERT INTO job.job (brand_id, kind, arguments, total)
		VALUES (base.session_brand(), 'import', jsonb_build_object('record', kind, 'id', of_id), 1) RETURNING id INTO made;
	RETURN made;
END $$;

-- --- correcting and withdrawing by hand ----------------------------------------------------------

-- The newest record of a chain that may be corrected now: the one the form was made of, or somebody else was
-- faster.
CREATE FUNCTION trace.record_newest(kind text, of_id bigint) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
	r jsonb;
	replaced boolean;
BEGIN
	PERFORM trace.record_search(kind);
	EXECUTE format('SELECT to_jsonb(r), EXISTS (SELECT FROM trace.%1$I AS n WHERE n.replaces = r.id)
		FROM trace.%1$I AS r WHERE r.id = $1 AND r.brand_id = base.session_brand()', kind)
		INTO r, replaced USING of_id;
	IF r IS NULL THEN
		PERFORM code.refuse(404, 'There is no such record.');
	ELSIF replaced THEN
		PERFORM code.refuse(409, 'This record has been corrected meanwhile: look at the newer one first.',
			json_build_object('member', 'id', 'code', 'record_replaced'));
	END IF;
	RETURN r;
END $$;

-- Records `says` (column: text or words) over what the record says, by the rules of an import. Columns that it
-- leaves out stay as they are; NULL empties one. With the owner's rights, because the rules work on tables of
-- their own; of the brand of the session and no other. Gives the new record, or the old where nothing changed.
CREATE FUNCTION trace.record_correct(kind text, of_id bigint, says jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r jsonb := trace.record_newest(kind, of_id);
	given jsonb := '{}';
	col record;
	wrong record;
	made bigint;
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
				THEN (SELECT coalesce(jsonb_agg(k), '[]') FROM jsonb_object_keys(
					coalesce(nullif(r -> col.name, 'null'), '{}') || coalesce(nullif(says -> col.name, 'null'), '{}')) AS k)
				ELSE '[]' END);
		END IF;
	END LOOP;
	PERFORM trace.import_open(kind);
	EXECUTE (SELECT format('INSERT INTO pg_temp.import_row (at, line, part, %1$s)
			SELECT 1, 1, 1, %2$s FROM jsonb_populate_record(NULL::trace.%3$I, $1) AS v',
			string_agg(quote_ident(c.name), ', '),
			string_agg(CASE WHEN c.standard IS NULL THEN format('v.%I', c.name)
				ELSE format('coalesce(v.%I, %s)', c.name, c.standard) END, ', '), kind)
		FROM trace.import_columns(kind) AS c) USING jsonb_strip_nulls(says);
	IF trace.import_check(kind, base.session_brand(), given) > 0 THEN
		SELECT f.* INTO wrong FROM trace.import_refused(0, 1) AS f;
		PERFORM code.refuse(422, format('%s: %s', wrong.field, wrong.reason),
			json_build_object('member', wrong.field, 'code', wrong.code));
	END IF;
	IF (SELECT m.replaces FROM pg_temp.import_merged AS m) <> of_id THEN
		PERFORM code.refuse(409, 'This record has been corrected meanwhile: look at the newer one first.',
			json_build_object('member', 'id', 'code', 'record_replaced'));
	END IF;
	PERFORM trace.import_record(kind, base.session_brand(), 'console');
	EXECUTE format('SELECT coalesce((SELECT n.id FROM trace.%I AS n WHERE n.replaces = $1), $1)', kind)
		INTO made USING of_id;
	DROP TABLE pg_temp.import_row, pg_temp.import_refusal, pg_temp.import_merged, pg_temp.import_double;
	RETURN made;
END $$;

-- Records that name this one and would hang in the air; '' where there is none.
CREATE FUNCTION trace.record_named_by(kind text, r jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT t.who FROM (
		SELECT 'lot' AS who WHERE kind = 'product' AND EXISTS (SELECT FROM trace.lot_now AS l
			WHERE l.brand_id = base.session_brand() AND l.gtin = (r ->> 'gtin')::bigint)
		UNION ALL SELECT 'lot' WHERE kind = 'facility' AND EXISTS (SELECT FROM trace.lot_now AS l
			WHERE l.brand_id = base.session_brand() AND l.facility = r ->> 'code')
		UNION ALL SELECT 'step' WHERE kind = 'facility' AND EXISTS (SELECT FROM trace.step_now AS l
			WHERE l.brand_id = base.session_brand() AND l.facility = r ->> 'code')
		UNION ALL SELECT 'inspection' WHERE kind = 'facility' AND EXISTS (SELECT FROM trace.inspection_now AS l
			WHERE l.brand_id = base.session_brand() AND l.facility = r ->> 'code')
		UNION ALL SELECT 'material' WHERE kind = 'supplier' AND EXISTS (SELECT FROM trace.material_now AS l
			WHERE l.brand_id = base.session_brand() AND l.supplier = r ->> 'code')
		UNION ALL SELECT 'material_lot' WHERE kind = 'supplier' AND EXISTS (SELECT FROM trace.material_lot_now AS l
			WHERE l.brand_id = base.session_brand() AND l.supplier = r ->> 'code')
		UNION ALL SELECT 'lot_input' WHERE kind = 'material_lot' AND EXISTS (SELECT FROM trace.lot_input_now AS l
			WHERE l.brand_id = base.session_brand() AND l.supplier = r ->> 'supplier'
			AND l.material = r ->> 'material' AND l.input_lot COLLATE "C" = r ->> 'lot')
		UNION ALL SELECT x.who FROM (SELECT (r ->> 'gtin')::bigint AS gtin, r ->> 'lot' AS lot) AS k
			CROSS JOIN LATERAL (
			SELECT 'lot_input' AS who WHERE EXISTS (SELECT FROM trace.lot_input_now AS l WHERE l.brand_id = base.session_brand()
				AND ((l.gtin = k.gtin AND l.lot = k.lot) OR (l.input_gtin = k.gtin AND l.input_lot = k.lot)))
			UNION ALL SELECT 'inspection' WHERE EXISTS (SELECT FROM trace.inspection_now AS l
				WHERE l.brand_id = base.session_brand() AND l.gtin = k.gtin AND l.lot = k.lot)
			UNION ALL SELECT 'step' WHERE EXISTS (SELECT FROM trace.step_now AS l
				WHERE l.brand_id = base.session_brand() AND l.gtin = k.gtin AND l.lot = k.lot)
			UNION ALL SELECT 'batch' WHERE trace.lot_codes(k.gtin, k.lot) > 0) AS x
			WHERE kind = 'lot') AS t LIMIT 1), '')
$$;

-- A record that says that the one it names counts no more.
CREATE FUNCTION trace.record_withdraw(kind text, of_id bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	r jsonb := trace.record_newest(kind, of_id);
	holder text := trace.record_named_by(kind, r);
	made bigint;
BEGIN
	IF (r ->> 'withdrawn')::boolean THEN
		PERFORM code.refuse(409, 'This record is withdrawn already.',
			json_build_object('member', 'id', 'code', 'record_withdrawn'));
	ELSIF holder <> '' THEN
		PERFORM code.refuse(409, format('Other records (%s) name this one: correct or withdraw those first.', holder),
			json_build_object('member', 'id', 'code', 'record_in_use', 'limit', holder));
	END IF;
	EXECUTE (SELECT format('INSERT INTO trace.%1$I (brand_id, source, replaces, withdrawn, %2$s)
			SELECT o.brand_id, ''console'', o.id, true, %3$s FROM trace.%1$I AS o WHERE o.id = $1 RETURNING id', kind,
			string_agg(quote_ident(c.name), ', '), string_agg(format('o.%I', c.name), ', '))
		FROM trace.import_columns(kind) AS c) INTO made USING of_id;
	RETURN made;
EXCEPTION WHEN unique_violation THEN
	PERFORM code.refuse(409, 'This record has been corrected meanwhile: look at the newer one first.',
		json_build_object('member', 'id', 'code', 'record_replaced'));
END $$;
REVOKE EXECUTE ON FUNCTION trace.record_correct, trace.record_withdraw FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trace.record_correct, trace.record_withdraw TO suyuan_console;
GRANT SELECT (id) ON trace.product TO suyuan_console;

-- --- imports by upload ---------------------------------------------------------------------------

-- A file somebody brought. Its bytes stand in parts that end at the end of a line wherever there is one, so
-- that each can be read by itself.
CREATE TABLE job.upload (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id    bigint NOT NULL,
	name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
	size        bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
	parts       integer NOT NULL DEFAULT 0,
	-- Signs of more than one byte: those that are UTF-8, and bytes that are not.
	good        bigint NOT NULL DEFAULT 0,
	bad         bigint NOT NULL DEFAULT 0,
	is_gb18030  boolean NOT NULL DEFAULT true,   -- all of it may be
	encoding    text CHECK (encoding IN ('UTF-8', 'GB18030')),   -- NULL: not all of it is here
	mapping     jsonb,                           -- as the editor left it
	profile     text,                            -- made of it (src/model/profile.h)
	made_at     timestamptz NOT NULL DEFAULT now(),
	made_by     text NOT NULL DEFAULT base.session_by(),
	UNIQUE (brand_id, id)
);
CREATE INDEX upload_newest ON job.upload (brand_id, id DESC);
CREATE TABLE job.upload_part (
	upload   bigint NOT NULL,
	part     integer NOT NULL CHECK (part >= 0),
	brand_id bigint NOT NULL,
	bytes    bytea NOT NULL CHECK (length(bytes) BETWEEN 1 AND 1048576),
	PRIMARY KEY (upload, part),
	FOREIGN KEY (brand_id, upload) REFERENCES job.upload (brand_id, id) ON DELETE CASCADE
);
ALTER TABLE job.upload_part ALTER COLUMN bytes SET STORAGE EXTENDED;

-- What an import (or its dry run) came to; written with the records themselves, so that whoever takes the job
-- up again knows that they are recorded.
CREATE TABLE job.import (
	job       bigint PRIMARY KEY REFERENCES job.job ON DELETE CASCADE,
	brand_id  bigint NOT NULL,
	upload    bigint,
	dry_run   boolean NOT NULL,
	records   bigint NOT NULL,
	refused   bigint NOT NULL,
	added     bigint NOT NULL,
	corrected bigint NOT NULL,
	unchanged bigint NOT NULL,
	recorded  boolean NOT NULL,                  -- they are kept
	touched   bigint[] NOT NULL DEFAULT '{}',    -- GTINs whose documents are to be made anew
	refusals  jsonb NOT NULL DEFAULT '[]',       -- the first of them
	report    bytea                              -- all of them as CSV, until they are a file of the job
);
CREATE INDEX import_upload ON job.import (upload);

-- Mappings with a name, for the next file of the same kind.
CREATE TABLE trace.import_profile (
	brand_id bigint NOT NULL REFERENCES trace.brand,
	name     text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
	mapping  jsonb NOT NULL,
	profile  text NOT NULL CHECK (length(profile) <= 65536),
	made_at  timestamptz NOT NULL DEFAULT now(),
	made_by  text NOT NULL DEFAULT base.session_by(),
	PRIMARY KEY (brand_id, name)
);

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['job.upload', 'job.upload_part', 'job.import', 'trace.import_profile']
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console
			USING (brand_id = base.session_brand()) WITH CHECK (brand_id = base.session_brand())', t);
	END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON job.upload, trace.import_profile TO suyuan_console;
GRANT SELECT, INSERT, DELETE ON job.upload_part TO suyuan_console;
GRANT SELECT ON job.import TO suyuan_console;
GRANT SELECT ON job.upload, job.upload_part, trace.import_profile TO suyuan_jobs;
GRANT SELECT, INSERT, UPDATE, DELETE ON job.import TO suyuan_jobs;
GRANT UPDATE (kept) ON job.job TO suyuan_jobs;
SELECT audit.watch('job.upload', 'mapping', 'profile', 'parts', 'good', 'bad', 'is_gb18030');
SELECT audit.watch('trace.import_profile', 'profile');

-- So many bytes of uploads may a brand keep; older than a month, or never finished, they go.
CREATE FUNCTION job.uploads_most() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 2000000000::bigint $$;
-- And so large may one be.
CREATE FUNCTION job.upload_most() RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT 500000000::bigint $$;

CREATE FUNCTION job.upload_begin(of_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	made bigint;
BEGIN
	DELETE FROM job.upload AS u WHERE u.brand_id = base.session_brand()
		AND (u.made_at < now() - interval '30 days'
		OR (u.encoding IS NULL AND u.made_at < now() - interval '1 day'))
		AND NOT EXISTS (SELECT FROM job.import AS i JOIN job.job AS j ON j.id = i.job
			WHERE i.upload = u.id AND j.state IN ('waiting', 'running'));
	IF (SELECT coalesce(sum(u.size), 0) FROM job.upload AS u WHERE u.brand_id = base.session_brand())
			>= job.uploads_most() THEN
		PERFORM code.refuse(429, 'The files brought here take all the room they may: remove some.',
			json_build_object('member', 'file', 'code', 'uploads_full', 'limit', job.uploads_most()));
	END IF;
	INSERT INTO job.upload (brand_id, name) VALUES (base.session_brand(), of_name) RETURNING id INTO made;
	RETURN made;
END $$;

CREATE FUNCTION job.is_gb18030(bytes bytea) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM convert(bytes, 'GB18030', 'UTF8');
	RETURN true;
EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
	RETURN false;
END $$;

CREATE FUNCTION job.upload_add(of_id bigint, of_part bigint, of_bytes bytea, good_signs bigint, bad_bytes bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	u job.upload;
BEGIN
	SELECT * INTO u FROM job.upload AS o WHERE o.id = of_id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such upload.');
	ELSIF u.encoding IS NOT NULL THEN
		PERFORM code.refuse(409, 'This upload is complete.', json_build_object('member', 'import'));
	ELSIF of_part < u.parts THEN
		RETURN u.parts;                     -- sent again: it is here
	ELSIF of_part > u.parts THEN
		PERFORM code.refuse(409, format('Part %s comes next.', u.parts), json_build_object('member', 'part',
			'limit', u.parts));
	ELSIF u.size + length(of_bytes) > job.upload_most() THEN
		PERFORM code.refuse(413, format('A file has at most %s bytes.', job.upload_most()),
			json_build_object('member', 'file', 'code', 'import_too_large', 'limit', job.upload_most()));
	END IF;
	INSERT INTO job.upload_part (upload, part, brand_id, bytes) VALUES (of_id, u.parts, u.brand_id, of_bytes);
	UPDATE job.upload AS o SET parts = o.parts + 1, size = o.size + length(of_bytes), good = o.good + good_signs,
		bad = o.bad + bad_bytes,
		is_gb18030 = o.is_gb18030 AND (bad_bytes = 0 OR job.is_gb18030(of_bytes)) WHERE o.id = of_id;
	RETURN u.parts + 1;
END $$;

-- All is here. A few bytes that are no UTF-8 in a file that otherwise is are faults of that file.
CREATE FUNCTION job.upload_end(of_id bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	u job.upload;
BEGIN
	UPDATE job.upload AS o SET encoding = CASE WHEN o.bad > o.good / 20 AND o.is_gb18030 THEN 'GB18030' ELSE 'UTF-8' END
	WHERE o.id = of_id AND o.parts > 0 RETURNING * INTO u;
	IF NOT FOUND THEN
		PERFORM code.refuse(400, 'The file is empty.', json_build_object('member', 'file', 'code', 'file_empty'));
	END IF;
	RETURN u.encoding;
END $$;

-- A part in UTF-8; what cannot be converted comes as it is and is refused line by line.
CREATE FUNCTION job.upload_text(of_id bigint, of_part bigint, encoding text) RETURNS bytea
LANGUAGE plpgsql STABLE AS $$
DECLARE
	raw bytea;
BEGIN
	SELECT p.bytes INTO raw FROM job.upload_part AS p WHERE p.upload = of_id AND p.part = of_part;
	IF encoding <> 'GB18030' THEN RETURN raw; END IF;
	BEGIN
		RETURN convert(raw, 'GB18030', 'UTF8');
	EXCEPTION WHEN character_not_in_repertoire OR untranslatable_character THEN
		RETURN raw;
	END;
END $$;

ALTER TABLE job.job ADD COLUMN upload bigint;
CREATE INDEX job_upload ON job.job (upload) WHERE upload IS NOT NULL;

-- What an upload is and what became of it.
CREATE FUNCTION job.upload_show(u job.upload) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('id', u.id, 'name', u.name, 'size', u.size, 'encoding', u.encoding,
		'bad_bytes', CASE WHEN u.encoding = 'UTF-8' THEN u.bad ELSE 0 END,
		'made_at', job.moment(u.made_at), 'by', u.made_by, 'mapping', u.mapping, 'profile', u.profile,
		'runs', (SELECT coalesce(json_agg(json_build_object('job', j.id, 'dry_run', j.arguments -> 'dry_run',
				'kind', j.arguments -> 'table', 'same_mapping', j.arguments ->> 'profile' = u.profile,
				'state', j.state, 'done', j.done, 'total', j.total, 'reason', j.report -> 'reason',
				'cancel_wanted', j.cancel_wanted, 'kept', j.kept,
				'made_at', job.moment(j.made_at), 'ended_at', job.moment(j.ended_at), 'by', j.arguments -> 'by',
				'records', i.records, 'added', i.added, 'corrected', i.corrected, 'unchanged', i.unchanged,
				'refused', i.refused, 'recorded', i.recorded, 'refusals', coalesce(i.refusals, '[]'),
				'refused_file', EXISTS (SELECT FROM job.file AS f WHERE f.job = j.id)) ORDER BY j.id DESC), '[]')
			FROM job.job AS j LEFT JOIN job.import AS i ON i.job = j.id
			WHERE j.brand_id = u.brand_id AND j.kind = 'import' AND j.upload = u.id))
$$;

-- Orders the import of an upload as its mapping stands, or a dry run of it.
CREATE FUNCTION job.order_import(of_id bigint, is_dry boolean) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	u job.upload;
	made bigint;
BEGIN
	SELECT * INTO u FROM job.upload AS o WHERE o.id = of_id FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such upload.');
	ELSIF u.encoding IS NULL THEN
		PERFORM code.refuse(409, 'The file is not all here yet.', json_build_object('member', 'import'));
	ELSIF u.profile IS NULL THEN
		PERFORM code.refuse(409, 'Say first which column is what.', json_build_object('member', 'mapping',
			'code', 'mapping_missing'));
	END IF;
	-- Asked twice, it is done once.
	SELECT j.id INTO made FROM job.job AS j WHERE j.upload = of_id AND j.state IN ('waiting', 'running')
		AND j.arguments ->> 'profile' = u.profile AND (j.arguments ->> 'dry_run')::boolean = is_dry;
	IF FOUND THEN RETURN made; END IF;
	IF EXISTS (SELECT FROM job.job AS j WHERE j.upload = of_id AND j.state IN ('waiting', 'running')) THEN
		PERFORM code.refuse(409, 'This file is at work already: wait for it, or cancel it.',
			json_build_object('member', 'import', 'code', 'import_running'));
	ELSIF (SELECT open FROM job.held(base.session_brand())) >= job.open_most() THEN
		PERFORM code.refuse(429, format('%s jobs of this brand are not done yet: wait for them, or cancel some',
			job.open_most()), json_build_object('limit', job.open_most(), 'retry_after', 10));
	END IF;
	INSERT INTO job.job (brand_id, kind, upload, arguments, total)
	VALUES (u.brand_id, 'import', u.id, jsonb_build_object('upload', u.id, 'dry_run', is_dry, 'profile', u.profile,
		'table', u.mapping ->> 'record', 'encoding', coalesce(u.mapping ->> 'encoding', u.encoding), 'name', u.name,
		'by', base.session_by()), u.size)
	RETURNING id INTO made;
	RETURN made;
END $$;

-- Keeps which column is what, under a name for the next file where there is one, and orders the dry run.
CREATE FUNCTION job.upload_map(of_id bigint, of_mapping jsonb, of_profile text, save_as text) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE job.upload AS u SET mapping = of_mapping, profile = of_profile WHERE u.id = of_id;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such upload.');
	END IF;
	IF save_as <> '' THEN
		INSERT INTO trace.import_profile AS p (brand_id, name, mapping, profile)
		VALUES (base.session_brand(), save_as, of_mapping, of_profile)
		ON CONFLICT (brand_id, name) DO UPDATE SET mapping = EXCLUDED.mapping, profile = EXCLUDED.profile,
			made_at = now(), made_by = base.session_by();
	END IF;
	RETURN job.order_import(of_id, true);
END $$;

-- Stops what is at work on it.
CREATE FUNCTION job.upload_cancel(of_id bigint) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	found_job bigint;
BEGIN
	IF NOT EXISTS (SELECT FROM job.upload AS u WHERE u.id = of_id) THEN
		PERFORM code.refuse(404, 'There is no such upload.');
	END IF;
	SELECT j.id INTO found_job FROM job.job AS j WHERE j.upload = of_id AND j.state IN ('waiting', 'running');
	IF NOT FOUND THEN
		PERFORM code.refuse(409, 'Nothing is at work on this file.', json_build_object('member', 'import'));
	END IF;
	RETURN json_build_object('job', found_job, 'state', job.cancel(found_job));
END $$;

CREATE FUNCTION job.upload_remove(of_id bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM job.job AS j WHERE j.upload = of_id AND j.state IN ('waiting', 'running')) THEN
		PERFORM code.refuse(409, 'This file is at work already: wait for it, or cancel it.',
			json_build_object('member', 'import', 'code', 'import_running'));
	END IF;
	DELETE FROM job.upload AS u WHERE u.id = of_id;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'There is no such upload.');
	END IF;
END $$;
REVOKE EXECUTE ON FUNCTION job.order_import, job.upload_begin, job.upload_add, job.upload_end, job.upload_map,
	job.upload_cancel, job.upload_remove FROM suyuan_jobs, PUBLIC;
GRANT EXECUTE ON FUNCTION job.order_import, job.upload_begin, job.upload_add, job.upload_end, job.upload_map,
	job.upload_cancel, job.upload_remove TO suyuan_console;

-- --- one item ------------------------------------------------------------------------------------

-- All of a lot that is private, for who looks at an item of it.
CREATE FUNCTION trace.lot_story(of_gtin bigint, of_lot text, of_serial text, lang text) RETURNS json
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT json_build_object(
		'record', (SELECT l.id FROM trace.lot_now AS l WHERE l.brand_id = base.session_brand()
			AND l.record_key = of_gtin::text || '|' || of_lot LIMIT 1),
		'fields', (SELECT trace.record_fields('lot', to_jsonb(l), trace.visible(l.brand_id, of_gtin))
			FROM trace.lot_now AS l WHERE l.brand_id = base.session_brand()
			AND l.record_key = of_gtin::text || '|' || of_lot LIMIT 1),
		'inputs', trace.lot_inputs(of_gtin, of_lot, lang),
		'codes', trace.lot_codes(of_gtin, of_lot),
		'steps', (SELECT coalesce(json_agg(json_build_object('id', s.id, 'says', concat_ws(' · ',
				trace.words_in(s.name::jsonb, lang), s.facility, s.operator),
				'at', job.moment(s.started_at)) ORDER BY s.position), '[]')
			FROM (SELECT * FROM trace.step_now AS n WHERE n.brand_id = base.session_brand() AND n.gtin = of_gtin
				AND n.lot = of_lot ORDER BY n.position LIMIT 100) AS s),
		'inspections', (SELECT coalesce(json_agg(json_build_object('id', i.id, 'verdict', i.verdict, 'says',
				concat_ws(' ', trace.words_in(i.test::jsonb, lang), coalesce(i.value::text, i.value_text), i.unit),
				'at', job.moment(i.measured_at)) ORDER BY i.id), '[]')
			FROM (SELECT * FROM trace.inspection_now AS n WHERE n.brand_id = base.session_brand()
				AND n.gtin = of_gtin AND n.lot = of_lot AND n.serial IN ('', of_serial) ORDER BY n.id LIMIT 100) AS i))
$$;

-- One code as the trace engineer sees it.
CREATE FUNCTION trace.item_show(f code.stand, of_serial text, lang text) RETURNS text
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT json_build_object('found', f.found, 'gtin', lpad(f.gtin::text, 14, '0'), 'serial', of_serial,
		'product', (SELECT trace.words_in(p.name::jsonb, lang) FROM trace.product_now AS p
			WHERE p.brand_id = base.session_brand() AND p.record_key = f.gtin::text LIMIT 1),
		'batch', f.batch_id, 'place', f.place, 'quantity', f.quantity, 'lot', f.lot, 'state', f.state,
		'since', job.moment(f.since), 'reason', f.reason,
		'trace', CASE WHEN f.lot IS NOT NULL THEN trace.lot_story(f.gtin, f.lot, of_serial, lang) END,
		'recalls', (SELECT coalesce(json_agg(json_build_object('since', job.moment(c.started_at),
				'reason', trace.words_in(c.reason, lang))), '[]')
			FROM pub.recall AS c WHERE c.gtin = f.gtin
			AND c.lot_handle IN ('', coalesce(trace.lot_handle(f.gtin, f.lot), ''))),
		'visits', (SELECT s.visits FROM pub.seen AS s WHERE s.gtin = f.gtin AND s.serial = of_serial),
		'first_visit', (SELECT job.moment(s.first_at) FROM pub.seen AS s WHERE s.gtin = f.gtin AND s.serial = of_serial),
		'pin_tries', (SELECT s.pin_tries FROM pub.seen AS s WHERE s.gtin = f.gtin AND s.serial = of_serial),
		'pin_opened', (SELECT job.moment(s.pin_opened) FROM pub.seen AS s WHERE s.gtin = f.gtin AND s.serial = of_serial),
		'steps', (SELECT coalesce(json_agg(json_build_object('state', s.state, 'lot', s.lot, 'at', job.moment(s.at),
				'by', s.by, 'reason', trace.words_in(s.reason, lang)) ORDER BY s.n), '[]')
			FROM code.story_of(f.found, f.gtin, f.first, f.counter, f.serial) AS s))::text
$$;

-- Lots with this number, of products and of materials.
CREATE FUNCTION trace.lots_named(of_lot text) RETURNS json
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT coalesce(json_agg(t.line), '[]') FROM (
		(SELECT json_build_object('kind', 'lot', 'id', l.id, 'key', trace.record_name('lot', l.record_key)) AS line
		FROM trace.lot_now AS l WHERE l.brand_id = base.session_brand() AND l.lot COLLATE "C" = of_lot
		ORDER BY l.id LIMIT 50)
		UNION ALL
		(SELECT json_build_object('kind', 'material_lot', 'id', m.id,
			'key', trace.record_name('material_lot', m.record_key))
		FROM trace.material_lot_now AS m WHERE m.brand_id = base.session_brand() AND m.lot COLLATE "C" = of_lot
		ORDER BY m.id LIMIT 50)) AS t
$$;
