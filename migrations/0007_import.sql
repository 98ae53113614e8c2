-- Importing files: rows are COPYed into a temporary table shaped like their record's table, compared
-- with what is recorded, checked as sets, and what is left is recorded, all in one transaction. The
-- columns come from the catalogue, so that a column added to a record is imported without a change
-- here.

-- The columns of a record that say something, each with its base type (a domain's checks come when
-- the row is recorded).
CREATE FUNCTION trace.import_columns(record text)
RETURNS TABLE (name text, type text, is_words boolean, is_needed boolean, standard text)
LANGUAGE sql STABLE AS $$
	SELECT a.attname, format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid),
			CASE WHEN t.typbasetype <> 0 THEN t.typtypmod ELSE a.atttypmod END),
		a.atttypid = 'base.words'::regtype, a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
	FROM pg_attribute AS a
	JOIN pg_type AS t ON t.oid = a.atttypid
	LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
	WHERE a.attrelid = format('trace.%I', record)::regclass AND a.attnum > 0
		AND NOT a.attisdropped AND a.attgenerated = ''
		AND a.attname NOT IN ('id', 'brand_id', 'recorded_at', 'recorded_by', 'source',
			'replaces', 'withdrawn')
	ORDER BY a.attnum
$$;

-- Makes the empty table pg_temp.import_row for COPY: `at` numbers its rows, `line` is the file's,
-- `part` tells the rows of one line apart.
CREATE FUNCTION trace.import_open(record text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	DROP TABLE IF EXISTS pg_temp.import_row;
	EXECUTE (
		SELECT format('CREATE TEMPORARY TABLE import_row (at bigint NOT NULL, line bigint NOT NULL,
			part integer NOT NULL, %s, record_key text GENERATED ALWAYS AS (%s) STORED)',
			string_agg(format('%I %s%s', c.name, c.type, ' DEFAULT ' || c.standard), ', '),
			(SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef AS d
			JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
			WHERE d.adrelid = format('trace.%I', record)::regclass AND a.attname = 'record_key'))
		FROM trace.import_columns(record) AS c);
END $$;

-- What a value becomes: a mapped one as given, words language by language so that a file in one
-- language leaves the others alone, and one that is not mapped as it is recorded.
CREATE FUNCTION trace.import_value(name text, is_words boolean, standard text, languages jsonb)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN languages IS NULL THEN
			format('CASE WHEN r.id IS NULL THEN s.%1$I ELSE r.%1$I END', name)
		WHEN is_words THEN
			format('nullif((coalesce(r.%1$I::jsonb, ''{}'') - %2$L::text[]) || coalesce(s.%1$I, ''{}''), ''{}'')',
				name, ARRAY(SELECT jsonb_array_elements_text(languages)))
		WHEN standard IS NOT NULL THEN format('coalesce(s.%1$I, %2$s)', name, standard)
		ELSE format('s.%I', name) END
$$;

-- Rows of the file with one key: the same content again is nothing new, other content is a riddle
-- that nobody but the sender can solve.
CREATE FUNCTION trace.import_check_keys(record text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	CREATE TEMPORARY TABLE import_double ON COMMIT DROP AS
		SELECT s.record_key, min(s.at) AS at, array_agg(s.line ORDER BY s.at) AS lines,
			false AS differs
		FROM pg_temp.import_row AS s GROUP BY s.record_key HAVING count(*) > 1;
	EXECUTE (
		SELECT format('UPDATE pg_temp.import_double AS d SET differs = (SELECT count(DISTINCT
			md5(ROW(%s)::text)) FROM pg_temp.import_row AS s WHERE s.record_key = d.record_key) > 1',
			string_agg(format('s.%I', c.name), ', '))
		FROM trace.import_columns(record) AS c);
	INSERT INTO pg_temp.import_refusal (at, field, code, reason)
		SELECT s.at, (SELECT c.name FROM trace.import_columns(record) AS c LIMIT 1), 'same_key',
			'the key is that of other lines with other content ('
			|| array_to_string(d.lines[1:10], ', ')
			|| CASE WHEN cardinality(d.lines) > 10 THEN ', ...)' ELSE ')' END
		FROM pg_temp.import_row AS s JOIN pg_temp.import_double AS d USING (record_key)
		WHERE d.differs;
END $$;

-- Puts what the file says over what is recorded, into pg_temp.import_merged.
CREATE FUNCTION trace.import_merge(record text, brand bigint, given jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE (
		SELECT format('CREATE TEMPORARY TABLE import_merged ON COMMIT DROP AS
			SELECT m.*, r.id IS NOT NULL AND NOT r.withdrawn
				AND (%2$s) IS NOT DISTINCT FROM (%3$s) AS is_same
			FROM (SELECT s.at, s.line, s.record_key, r.id AS replaces, %1$s
				FROM pg_temp.import_row AS s LEFT JOIN trace.%4$I AS r
				ON r.brand_id = %5$s AND r.record_key = s.record_key
				AND NOT EXISTS (SELECT FROM trace.%4$I AS n WHERE n.replaces = r.id)
				WHERE NOT EXISTS (SELECT FROM pg_temp.import_double AS d
					WHERE d.record_key = s.record_key AND (d.differs OR d.at <> s.at))) AS m
			LEFT JOIN trace.%4$I AS r ON r.id = m.replaces',
			string_agg(format('(%s)::%s AS %I',
				trace.import_value(c.name, c.is_words, c.standard, given -> c.name),
				c.type, c.name), ', '),
			string_agg(format('m.%I', c.name), ', '),
			string_agg(format('r.%I::%s', c.name, c.type), ', '), record, brand)
		FROM trace.import_columns(record) AS c);
	ANALYZE pg_temp.import_merged;
END $$;

-- Rules between a row and what is recorded, one line each; `broken` speaks of row m, $1 is the
-- brand. A record of '' is every record that has the field.
CREATE FUNCTION trace.import_rules()
RETURNS TABLE (record text, field text, code text, reason text, broken text)
LANGUAGE sql IMMUTABLE AS $$
	VALUES
	('product', 'gtin', 'gtin_of_another_brand', 'belongs to another brand',
		'EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = m.gtin AND o.brand_id <> $1)'),
	('-product', 'gtin', 'gtin_of_another_brand', 'belongs to another brand',
		'EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = m.gtin AND o.brand_id <> $1)'),
	('-product', 'gtin', 'gtin_unknown', 'is no GTIN of this brand yet: import the product first',
		'NOT EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = m.gtin)'),
	('', 'facility', 'facility_unknown', 'is no recorded facility',
		'm.facility IS NOT NULL AND NOT EXISTS (SELECT FROM trace.facility_now AS f
		WHERE f.brand_id = $1 AND f.record_key = m.facility)'),
	('', 'supplier', 'supplier_unknown', 'is no recorded supplier',
		'm.supplier <> '''' AND NOT EXISTS (SELECT FROM trace.supplier_now AS f
		WHERE f.brand_id = $1 AND f.record_key = m.supplier)'),
	('-lot -material_lot', 'lot', 'lot_unknown', 'is no recorded lot of this GTIN',
		'm.lot <> '''' AND NOT EXISTS (SELECT FROM trace.lot_now AS l
		WHERE l.brand_id = $1 AND l.record_key = m.gtin::text || ''|'' || m.lot)'),
	('lot_input', 'input_lot', 'material_lot_unknown',
		'is no recorded lot of this supplier''s material',
		'm.input_gtin IS NULL AND NOT EXISTS (SELECT FROM trace.material_lot_now AS l WHERE
		l.brand_id = $1 AND l.record_key = m.supplier || ''|'' || m.material || ''|'' || m.input_lot)'),
	('lot_input', 'input_lot', 'input_lot_unknown', 'is no recorded lot of the input''s GTIN',
		'EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = m.input_gtin AND o.brand_id = $1)
		AND NOT EXISTS (SELECT FROM trace.lot_now AS l WHERE l.brand_id = $1
		AND l.record_key = m.input_gtin::text || ''|'' || m.input_lot)'),
	('lot_input', 'input_lot', 'input_unclear',
		'needs either supplier and material, or the GTIN it is a lot of',
		'(m.input_gtin IS NULL) <> (m.supplier <> '''' AND m.material <> '''')'),
	('lot_input', 'input_lot', 'input_is_itself', 'is the lot it goes into',
		'm.input_gtin = m.gtin AND m.input_lot = m.lot'),
	('lot', 'best_before', 'best_before_too_early', 'is before the day of production',
		'm.best_before < m.produced_on'),
	('step', 'ended_at', 'ends_before_it_starts', 'is before the start', 'm.ended_at < m.started_at'),
	('inspection', 'lower_limit', 'limits_crossed', 'is above the upper limit',
		'm.lower_limit > m.upper_limit'),
	('inspection', 'verdict', 'missing_with_value', 'is "missing", but there is a value',
		'm.verdict = ''missing'' AND (m.value IS NOT NULL OR m.value_text IS NOT NULL)'),
	('facility', 'time_zone', 'time_zone_unknown', 'is no known time zone ("Asia/Shanghai")',
		'm.time_zone NOT IN (SELECT z.name FROM pg_timezone_names AS z)')
$$;

CREATE FUNCTION trace.import_check_rows(record text, brand bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE c record;
BEGIN
	FOR c IN SELECT u.field, u.code, u.reason, u.broken FROM trace.import_rules() AS u
		JOIN trace.import_columns($1) AS k ON k.name = u.field
		WHERE u.record IN ('', $1)
			OR (u.record LIKE '-%' AND NOT '-' || $1 = ANY (string_to_array(u.record, ' ')))
		UNION ALL
		SELECT k.name, 'needed', 'must be filled: nothing is recorded under this key yet',
			format('m.%I IS NULL', k.name)
		FROM trace.import_columns($1) AS k WHERE k.is_needed
	LOOP
		EXECUTE format('INSERT INTO pg_temp.import_refusal (at, field, code, reason)
			SELECT m.at, %L, %L, %L FROM pg_temp.import_merged AS m WHERE NOT m.is_same AND (%s)',
			c.field, c.code, c.reason, c.broken) USING brand;
	END LOOP;
END $$;

-- Shares of one product or lot, the file's and the recorded ones it does not replace, sum to at most
-- 100 %; otherwise every row of the file that has a part in it is refused.
CREATE FUNCTION trace.import_check_shares(brand bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	WITH good AS (
		SELECT m.at, m.line, m.gtin, m.lot, m.share, m.replaces FROM pg_temp.import_merged AS m
		WHERE NOT EXISTS (SELECT FROM pg_temp.import_refusal AS f WHERE f.at = m.at)
	), over AS (
		SELECT g.gtin, g.lot, string_agg(g.line::text, ', ' ORDER BY g.line) AS lines,
			sum(g.share) + coalesce((SELECT sum(n.share) FROM trace.material_now AS n
				WHERE n.brand_id = brand AND n.gtin = g.gtin AND n.lot = g.lot
				AND n.id <> ALL (array_remove(array_agg(g.replaces), NULL))), 0) AS total
		FROM good AS g GROUP BY g.gtin, g.lot
	)
	INSERT INTO pg_temp.import_refusal (at, field, code, reason)
	SELECT g.at, 'share', 'shares_over_100', format('the shares of %s%s sum to %s %%, over 100 %% (lines %s)',
		lpad(o.gtin::text, 14, '0'), CASE WHEN o.lot <> '' THEN ' lot ' || o.lot END,
		trim_scale(o.total), CASE WHEN length(o.lines) > 200 THEN left(o.lines, 200) || ' ...'
			ELSE o.lines END)
	FROM over AS o JOIN good AS g USING (gtin, lot)
	WHERE o.total > 100 AND g.share IS NOT NULL;
END $$;

-- Checks pg_temp.import_row as a whole; `given` holds the mapped fields, words with their languages:
-- {"gtin": [], "name": ["en"]}. What is wrong stands in pg_temp.import_refusal then. Two imports of
-- one brand wait for each other, so that what was checked still holds when it is recorded.
CREATE FUNCTION trace.import_check(record text, brand bigint, given jsonb) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(hashtextextended('suyuan import', brand));
	PERFORM set_config('work_mem', '64MB', true);
	CREATE TEMPORARY TABLE import_refusal (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
		at bigint NOT NULL, field text NOT NULL, code text NOT NULL, reason text NOT NULL)
		ON COMMIT DROP;
	CREATE INDEX ON pg_temp.import_refusal (at);
	ANALYZE pg_temp.import_row;
	PERFORM trace.import_check_keys(record);
	PERFORM trace.import_merge(record, brand, given);
	PERFORM trace.import_check_rows(record, brand);
	IF record = 'material' THEN
		PERFORM trace.import_check_shares(brand);
	END IF;
	-- What is wrong with a row is wrong with its repetitions.
	INSERT INTO pg_temp.import_refusal (at, field, code, reason)
		SELECT s.at, f.field, f.code, f.reason FROM pg_temp.import_double AS d
		JOIN pg_temp.import_refusal AS f ON f.at = d.at
		JOIN pg_temp.import_row AS s ON s.record_key = d.record_key AND s.at <> d.at
		WHERE NOT d.differs;
	RETURN (SELECT count(DISTINCT f.at) FROM pg_temp.import_refusal AS f);
END $$;

-- The first reason of each refused row in the order of the file, `most` of them, those behind row
-- `after`.
CREATE FUNCTION trace.import_refused(after bigint, most integer)
RETURNS TABLE (at bigint, line bigint, part integer, field text, value text, code text, reason text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT s.at, s.line, s.part, f.field, left(to_jsonb(s) ->> f.field, 400), f.code, f.reason
	FROM (SELECT DISTINCT ON (u.at) u.at, u.field, u.code, u.reason FROM pg_temp.import_refusal AS u
		WHERE u.at > after ORDER BY u.at, u.n LIMIT most) AS f
	JOIN pg_temp.import_row AS s ON s.at = f.at
	ORDER BY s.at;
END $$;

-- Records what was not refused: new keys as new records, other content as corrections.
CREATE FUNCTION trace.import_record(record text, brand bigint, file text,
	OUT added bigint, OUT corrected bigint, OUT unchanged bigint)
LANGUAGE plpgsql AS $$
DECLARE
	has_gtin boolean := EXISTS (SELECT FROM trace.import_columns(record) AS c WHERE c.name = 'gtin');
	recorded bigint;
BEGIN
	DELETE FROM pg_temp.import_merged AS m
		WHERE EXISTS (SELECT FROM pg_temp.import_refusal AS f WHERE f.at = m.at);
	IF record = 'product' THEN
		INSERT INTO trace.gtin_owner (gtin, brand_id)
			SELECT DISTINCT m.gtin, brand FROM pg_temp.import_merged AS m ON CONFLICT DO NOTHING;
	END IF;
	-- A GTIN taken from its owner's row has been checked there already.
	EXECUTE (
		SELECT format('INSERT INTO trace.%I (brand_id, source, replaces, %s)
			SELECT $1, $2 || '':'' || m.line, m.replaces, %s FROM pg_temp.import_merged AS m %s
			WHERE NOT m.is_same ORDER BY m.at', record, string_agg(quote_ident(c.name), ', '),
			string_agg(CASE c.name WHEN 'gtin' THEN 'o.gtin' ELSE format('m.%I', c.name) END, ', '),
			CASE WHEN has_gtin THEN 'JOIN trace.gtin_owner AS o ON o.gtin = m.gtin
				AND o.brand_id = $1' END)
		FROM trace.import_columns(record) AS c) USING brand, file;
	GET DIAGNOSTICS recorded = ROW_COUNT;
	SELECT count(*) FILTER (WHERE NOT m.is_same AND m.replaces IS NULL),
		count(*) FILTER (WHERE NOT m.is_same AND m.replaces IS NOT NULL),
		count(*) FILTER (WHERE m.is_same)
		+ coalesce((SELECT sum(cardinality(d.lines) - 1) FROM pg_temp.import_double AS d
			WHERE NOT d.differs
			AND NOT EXISTS (SELECT FROM pg_temp.import_refusal AS f WHERE f.at = d.at)), 0)
		INTO added, corrected, unchanged FROM pg_temp.import_merged AS m;
	IF recorded <> added + corrected THEN
		RAISE EXCEPTION 'a GTIN was taken by another brand meanwhile'
			USING ERRCODE = 'serialization_failure';
	END IF;
END $$;

-- GTINs the import is about: the records' own, and those of records that name its facilities, suppliers
-- or material lots. Unchanged records count, so that the same import again also mends public documents
-- that could not be made after the first.
CREATE FUNCTION trace.import_touched(record text, brand bigint) RETURNS SETOF bigint
LANGUAGE plpgsql AS $$
DECLARE
	naming record;
BEGIN
	IF EXISTS (SELECT FROM trace.import_columns(record) AS c WHERE c.name = 'gtin') THEN
		RETURN QUERY SELECT DISTINCT m.gtin FROM pg_temp.import_merged AS m;
	END IF;
	FOR naming IN
		SELECT n.place, n.key FROM (VALUES
			('facility', 'lot', 'r.facility'), ('facility', 'step', 'r.facility'),
			('facility', 'inspection', 'r.facility'), ('supplier', 'material', 'r.supplier'),
			('supplier', 'lot_input', 'r.supplier'),
			('material_lot', 'lot_input', $k$r.supplier || '|' || r.material || '|' || r.input_lot$k$))
		AS n (named, place, key) WHERE n.named = $1
	LOOP
		RETURN QUERY EXECUTE format('SELECT DISTINCT r.gtin::bigint FROM trace.%I AS r
			JOIN pg_temp.import_merged AS m ON m.record_key = %s
			WHERE r.brand_id = $1', naming.place || '_now', naming.key) USING brand;
	END LOOP;
END $$;

REVOKE ALL ON FUNCTION trace.import_open, trace.import_check, trace.import_check_keys,
	trace.import_merge, trace.import_check_rows, trace.import_check_shares, trace.import_refused,
	trace.import_record, trace.import_touched FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trace.import_open, trace.import_check, trace.import_check_keys,
	trace.import_merge, trace.import_check_rows, trace.import_check_shares, trace.import_refused,
	trace.import_record, trace.import_touched TO suyuan_jobs;
