-- Pages tell moments by the brand's clock, and a record's values are told as what they are. Replaces job.moment of
-- 0012, team.utc of 0019, trace.utc_text and fields_zone of 0021, trace.record_says, record_fields, record_show and lot_story of 0023.

-- --- the clock of a page -------------------------------------------------------------------------

-- To the end of the transaction, moments are told by the brand's clock: people read them, on a page. Machines are
-- told UTC.
CREATE FUNCTION base.keep_clock(of_brand bigint) RETURNS void
LANGUAGE sql AS $$
	SELECT set_config('suyuan.clock', coalesce((SELECT o.time_zone FROM trace.brand AS o WHERE o.id = of_brand), ''), true);
	SELECT;
$$;

-- "2026-09-01T00:30:00Z", or by the clock that the session keeps "2026-09-01T08:30:00+08:00". Not STRICT, or it would
-- not be inlined.
CREATE FUNCTION base.moment_text(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN coalesce(current_setting('suyuan.clock', true), '') = ''
		THEN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
		ELSE base.local_time(at, current_setting('suyuan.clock', true)) END
$$;

CREATE OR REPLACE FUNCTION job.moment(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT base.moment_text(at)
$$;

CREATE OR REPLACE FUNCTION team.utc(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT base.moment_text(at)
$$;

CREATE OR REPLACE FUNCTION trace.utc_text(at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
	SELECT base.moment_text(at)
$$;

-- The clock that the brand has chosen, else that of where it makes its goods: what a time without a zone is read by.
CREATE OR REPLACE FUNCTION trace.fields_zone(of_brand bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT nullif(o.time_zone, 'UTC') FROM trace.brand AS o WHERE o.id = of_brand),
		(SELECT f.time_zone FROM trace.facility_now AS f WHERE f.brand_id = of_brand
			ORDER BY f.time_zone = 'UTC', f.id LIMIT 1), 'UTC')
$$;

-- --- values of records ---------------------------------------------------------------------------

-- What a row says in this column: words by language, a GTIN with its 14 digits, a sum in hexadecimal digits, a moment
-- as above, everything else as text; NULL: nothing.
CREATE FUNCTION trace.record_value(name text, type text, is_words boolean, r jsonb) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT nullif(CASE WHEN is_words THEN r -> name
		WHEN name LIKE '%gtin' THEN to_jsonb(lpad(r ->> name, 14, '0'))
		WHEN type = 'bytea' THEN to_jsonb(substr(r ->> name, 3))
		WHEN type = 'timestamp with time zone' THEN to_jsonb(job.moment((r ->> name)::timestamptz))
		ELSE to_jsonb(r ->> name) END, 'null')
$$;

-- The one thing that a line of a list says besides; a result that is missing has no unit.
CREATE OR REPLACE FUNCTION trace.record_says(kind text, r jsonb, lang text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE kind
		WHEN 'lot' THEN nullif(concat_ws(' – ', r ->> 'produced_on', r ->> 'best_before'), '')
		WHEN 'lot_input' THEN concat_ws(' ', r ->> 'quantity', r ->> 'unit')
		WHEN 'inspection' THEN concat_ws(' ', trace.words_in(r -> 'test', lang),
			coalesce(r ->> 'value', r ->> 'value_text'),
			CASE WHEN coalesce(r ->> 'value', r ->> 'value_text') IS NOT NULL THEN r ->> 'unit' END)
		WHEN 'document' THEN trace.words_in(r -> 'title', lang)
		ELSE trace.words_in(r -> 'name', lang) END
$$;

-- A row as people read it, in the order of the record.
CREATE OR REPLACE FUNCTION trace.record_fields(kind text, r jsonb, shown text[]) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_agg(json_build_object('name', c.name, 'value', trace.record_value(c.name, c.type, c.is_words, r),
		'is_words', c.is_words, 'public', trace.public_field(kind, c.name) = ANY (shown)))
	FROM trace.import_columns(kind) WITH ORDINALITY AS c
	WHERE r -> c.name <> 'null' AND r ->> c.name <> ''
$$;

-- One record with all it was before and after; NULL: there is none.
CREATE OR REPLACE FUNCTION trace.record_show(kind text, of_id bigint, lang text) RETURNS text
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
	r jsonb;
	newest jsonb;
	shown text[];
	history json;
	of_gtin bigint;
	of_facility text;
	of_supplier text;
BEGIN
	PERFORM trace.record_search(kind);
	EXECUTE format('SELECT to_jsonb(r) FROM trace.%I AS r WHERE r.id = $1 AND r.brand_id = base.session_brand()', kind)
		INTO r USING of_id;
	IF r IS NULL THEN RETURN NULL; END IF;
	of_gtin := coalesce((r ->> 'gtin')::bigint, 0);
	shown := trace.visible(base.session_brand(), of_gtin);
	of_facility := r ->> 'facility';
	of_supplier := r ->> 'supplier';
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
						'before', coalesce(trace.record_value(k.name, k.type, k.is_words, h.before), '""'),
						'after', coalesce(trace.record_value(k.name, k.type, k.is_words, h.says), '""'))), '[]')
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
		'fields', trace.record_fields(kind, r, shown),
		'named', json_strip_nulls(json_build_object(
			'facility', (SELECT trace.words_in(f.name::jsonb, lang) FROM trace.facility_now AS f
				WHERE f.brand_id = base.session_brand() AND f.record_key = of_facility LIMIT 1),
			'supplier', (SELECT trace.words_in(s.name::jsonb, lang) FROM trace.supplier_now AS s
				WHERE s.brand_id = base.session_brand() AND s.record_key = of_supplier LIMIT 1))),
		'history', history,
		'inputs', CASE WHEN kind = 'lot' THEN trace.lot_inputs(of_gtin, r ->> 'lot', lang) END,
		'codes', CASE WHEN kind = 'lot' THEN trace.lot_codes(of_gtin, r ->> 'lot') END,
		'went_into', CASE kind WHEN 'lot' THEN trace.went_into('', '', of_gtin, r ->> 'lot')
			WHEN 'material_lot' THEN trace.went_into(r ->> 'supplier', r ->> 'material', 0, r ->> 'lot') END)::text;
END $$;
DROP FUNCTION trace.words_shown;

-- All of a lot that is private, for who looks at an item of it.
CREATE OR REPLACE FUNCTION trace.lot_story(of_gtin bigint, of_lot text, of_serial text, lang text) RETURNS json
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
		'inspections', (SELECT coalesce(json_agg(json_build_object('id', i.id, 'verdict', i.verdict,
				'says', trace.record_says('inspection', to_jsonb(i), lang),
				'at', job.moment(i.measured_at)) ORDER BY i.id), '[]')
			FROM (SELECT * FROM trace.inspection_now AS n WHERE n.brand_id = base.session_brand()
				AND n.gtin = of_gtin AND n.lot = of_lot AND n.serial IN ('', of_serial) ORDER BY n.id LIMIT 100) AS i))
$$;
