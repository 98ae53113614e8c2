-- Recalls and holds by choice, counted first; two persons where the brand wants it.
--
-- A halt is a recall, a hold, a quarantine or an early end of shelf life. It begins with a choice that is
-- counted: the list made then is what it covers, for ever, whatever is recorded later. What it does to the
-- public answer is trace.halt_effect(); the states of codes stay as they are, so that lifting it restores
-- them.

CREATE TABLE trace.halt (
	id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id    bigint NOT NULL REFERENCES trace.brand,
	kind        text NOT NULL CHECK (kind IN ('recall', 'hold', 'quarantine', 'expire')),
	state       text NOT NULL DEFAULT 'counted' CHECK (state IN ('counted', 'running', 'ended')),
	choice      jsonb NOT NULL CHECK (jsonb_typeof(choice) = 'object'),
	counted     jsonb NOT NULL DEFAULT '{}',      -- {"lots", "codes", "checks", "countries": [{"country", "checks"}]}
	list_sha256 bytea CHECK (length(list_sha256) = 32),   -- of trace.halt_list()
	counted_at  timestamptz NOT NULL DEFAULT now(),
	counted_by  text NOT NULL DEFAULT base.session_by(),
	severity    text NOT NULL DEFAULT 'high' CHECK (severity IN ('high', 'medium', 'low')),
	shown       boolean NOT NULL DEFAULT true,    -- to the public; a recall always is
	reason      base.words NOT NULL DEFAULT '{}', -- what is wrong, for the public
	advice      base.words NOT NULL DEFAULT '{}', -- what to do
	evidence    text NOT NULL DEFAULT '' CHECK (length(evidence) <= 10000),
	started_at  timestamptz,
	ended_at    timestamptz,
	end_reason  text NOT NULL DEFAULT '' CHECK (length(end_reason) <= 2000),
	-- What one person asks for and another must approve.
	proposal    text CHECK (proposal IN ('start', 'lift')),
	proposed_at timestamptz,
	proposed_by text,
	proposer    bigint,                           -- team.account; NULL: the operator
	proposal_reason text NOT NULL DEFAULT '' CHECK (length(proposal_reason) <= 2000),
	UNIQUE (brand_id, id),
	CHECK (shown OR kind <> 'recall'),
	CHECK ((proposal IS NULL) = (proposed_at IS NULL) AND (proposal IS NULL) = (proposed_by IS NULL)),
	CHECK ((state = 'counted') = (started_at IS NULL) AND (state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX halt_brand ON trace.halt (brand_id, state, id);

-- What is covered, as counted. A line is a whole lot (no counters, no serial), codes of one batch
-- from place `place` on, or a serial made elsewhere.
CREATE TABLE trace.halt_part (
	halt_id  bigint NOT NULL,
	n        bigint NOT NULL,
	brand_id bigint NOT NULL,
	gtin     base.gtin NOT NULL,
	lot      text NOT NULL DEFAULT '',
	counters int8range CHECK (NOT isempty(counters)),
	batch_id uuid,
	place    bigint,
	serial   text COLLATE "C",
	codes    bigint NOT NULL CHECK (codes >= 0),  -- that were issued when it was counted
	PRIMARY KEY (halt_id, n),
	FOREIGN KEY (brand_id, halt_id) REFERENCES trace.halt (brand_id, id),
	FOREIGN KEY (brand_id, gtin) REFERENCES trace.gtin_owner (brand_id, gtin),
	CHECK ((counters IS NULL) = (batch_id IS NULL) AND (counters IS NULL) = (place IS NULL)),
	CHECK (counters IS NULL OR serial IS NULL),
	CHECK (lot <> '' OR counters IS NOT NULL OR serial IS NOT NULL)
);
CREATE INDEX halt_part_lot ON trace.halt_part (gtin, lot) WHERE counters IS NULL AND serial IS NULL;
CREATE INDEX halt_part_counters ON trace.halt_part USING gist (gtin, counters) WHERE counters IS NOT NULL;
CREATE INDEX halt_part_serial ON trace.halt_part (gtin, serial) WHERE serial IS NOT NULL;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.halt_part
	EXECUTE FUNCTION trace.refuse_change();

-- What was decided by whom and when.
CREATE TABLE trace.halt_step (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	brand_id   bigint NOT NULL,
	halt_id    bigint NOT NULL,
	step       text NOT NULL CHECK (step IN ('counted', 'described', 'proposed', 'started', 'lift_proposed',
		'lifted', 'declined', 'expired')),
	at         timestamptz NOT NULL DEFAULT now(),
	by         text NOT NULL DEFAULT base.session_by(),
	account_id bigint DEFAULT base.session_account(),
	words      text NOT NULL DEFAULT '',
	FOREIGN KEY (brand_id, halt_id) REFERENCES trace.halt (brand_id, id)
);
CREATE INDEX halt_step_halt ON trace.halt_step (halt_id, id);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON trace.halt_step
	EXECUTE FUNCTION trace.refuse_change();

-- Whether a brand wants two persons; no row: it does not. To change that takes two, too.
CREATE TABLE trace.halt_rule (
	brand_id    bigint PRIMARY KEY REFERENCES trace.brand,
	two_persons boolean NOT NULL DEFAULT false,
	proposed    boolean,
	proposed_at timestamptz,
	proposed_by text,
	proposer    bigint,
	changed_at  timestamptz,
	changed_by  text,
	CHECK ((proposed IS NULL) = (proposed_at IS NULL) AND (proposed IS NULL) = (proposed_by IS NULL))
);

-- What the lookup process reads of it, beside pub.recall (recalls of whole lots, which stand with the lot's
-- documents): everything else, and only of GTINs that are marked, so that a lookup of any other pays nothing.
ALTER TABLE pub.gtin ADD COLUMN has_halts boolean NOT NULL DEFAULT false;
CREATE TABLE pub.halt (
	halt_id  bigint PRIMARY KEY,
	brand_id bigint NOT NULL,
	effect   text NOT NULL CHECK (effect IN ('recalled', 'held', 'expired')),
	since    timestamptz NOT NULL,
	reason   jsonb                          -- text by language
);
CREATE TABLE pub.halt_part (
	gtin       bigint NOT NULL,
	halt_id    bigint NOT NULL,
	n          bigint NOT NULL,
	lot_handle text COLLATE "C",            -- of a whole lot
	counters   int8range,
	serial     text COLLATE "C",
	PRIMARY KEY (gtin, halt_id, n)
);
CREATE INDEX halt_part_handle ON pub.halt_part (gtin, lot_handle) WHERE lot_handle IS NOT NULL;
CREATE INDEX halt_part_range ON pub.halt_part USING gist (gtin, counters) WHERE counters IS NOT NULL;
CREATE INDEX halt_part_single ON pub.halt_part (gtin, serial) WHERE serial IS NOT NULL;

DO $$
DECLARE
	t text;
BEGIN
	FOREACH t IN ARRAY ARRAY['trace.halt', 'trace.halt_part', 'trace.halt_step', 'trace.halt_rule', 'pub.halt',
		'pub.halt_part']
	LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console USING (%s)', t,
			CASE t WHEN 'pub.halt_part'
				THEN 'EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = halt_part.gtin)'
				ELSE 'brand_id = base.session_brand()' END);
	END LOOP;
END $$;
CREATE POLICY public ON pub.halt FOR SELECT TO suyuan_public USING (true);
CREATE POLICY public ON pub.halt_part FOR SELECT TO suyuan_public USING (true);
GRANT SELECT ON pub.halt, pub.halt_part TO suyuan_public, suyuan_console, suyuan_jobs;
GRANT INSERT, DELETE ON pub.halt, pub.halt_part TO suyuan_console;
GRANT SELECT, INSERT ON trace.halt, trace.halt_part, trace.halt_step, trace.halt_rule TO suyuan_console;
GRANT SELECT ON trace.halt, trace.halt_part, trace.halt_step, trace.halt_rule TO suyuan_jobs;
GRANT UPDATE ON trace.halt, trace.halt_rule TO suyuan_console;

-- The genealogy is walked from what went in.
CREATE INDEX lot_input_material ON trace.lot_input (brand_id, supplier, material, input_lot);
CREATE INDEX lot_input_lot ON trace.lot_input (input_gtin, input_lot) WHERE input_gtin IS NOT NULL;
DROP INDEX trace.lot_input_of;

-- --- what it does ----------------------------------------------------------------------------------

-- The one table of what a running halt says to the public (src/model/verdict.h has the order of
-- verdicts); NULL: nothing.
--
--   kind        shown   public answer   commissioning of its codes
--   recall      yes     recalled        goes on
--   hold        yes     held            refused
--   hold        no      unchanged       refused
--   quarantine  yes     held            refused
--   quarantine  no      unchanged       refused
--   expire      yes     expired         refused
--   expire      no      unchanged       refused
CREATE FUNCTION trace.halt_effect(kind text, shown boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN kind = 'recall' THEN 'recalled' WHEN NOT shown THEN NULL
		WHEN kind = 'expire' THEN 'expired' ELSE 'held' END
$$;

-- Reason and what to do as one text by language.
CREATE FUNCTION trace.halt_words(reason jsonb, advice jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(jsonb_object_agg(tag, concat_ws(CASE WHEN tag ~* '^(zh|ja)' THEN '' ELSE ' ' END,
		reason ->> tag, advice ->> tag)), '{}')
	FROM (SELECT jsonb_object_keys(reason) UNION SELECT jsonb_object_keys(advice)) AS t(tag)
$$;

-- --- choosing --------------------------------------------------------------------------------------

-- Lots that records or codes know.
CREATE FUNCTION trace.halt_knows_lot(of_gtin bigint, of_lot text) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM trace.lot WHERE gtin = of_gtin AND lot = of_lot)
		OR EXISTS (SELECT FROM code.batch WHERE gtin = of_gtin AND lot = of_lot)
		OR EXISTS (SELECT FROM code.run WHERE gtin = of_gtin AND lot = of_lot)
		OR EXISTS (SELECT FROM code.foreign_list WHERE gtin = of_gtin AND lot = of_lot)
$$;

-- Every lot of a brand that a material lot went into, or a lot of one of its products (which counts, too), by
-- the records that are in force, through all levels; a circle ends.
CREATE FUNCTION trace.halt_made_of(of_brand bigint, of_supplier text, of_material text, of_gtin bigint,
	of_lot text) RETURNS TABLE (gtin bigint, lot text)
LANGUAGE sql STABLE AS $$
	WITH RECURSIVE made(gtin, lot) AS (
		SELECT of_gtin, of_lot WHERE of_gtin IS NOT NULL
		UNION
		SELECT i.gtin::bigint, i.lot::text FROM trace.lot_input_now AS i
		WHERE of_gtin IS NULL AND i.brand_id = of_brand AND i.supplier = of_supplier
			AND i.material = of_material AND i.input_lot = of_lot
		UNION
		SELECT n.gtin, n.lot FROM made AS m CROSS JOIN LATERAL (
			SELECT i.gtin::bigint, i.lot::text FROM trace.lot_input_now AS i
			WHERE i.brand_id = of_brand AND i.input_gtin = m.gtin AND i.input_lot = m.lot) AS n(gtin, lot)
	)
	SELECT m.gtin, m.lot FROM made AS m
$$;

-- Whether one of a step's parameters has this name, in any language, and this value.
CREATE FUNCTION trace.halt_has_parameter(parameters jsonb, of_name text, of_value text) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT EXISTS (
		SELECT FROM jsonb_array_elements(parameters) AS p
		WHERE (of_name = '' OR EXISTS (
				SELECT FROM jsonb_each_text(CASE jsonb_typeof(p -> 'name') WHEN 'object' THEN p -> 'name' ELSE '{}' END)
					AS t(tag, word) WHERE lower(word) = lower(of_name)))
			AND (of_value = '' OR p ->> 'value' = of_value))
$$;

-- The lots that a choice means, where it means lots.
CREATE FUNCTION trace.halt_lots(of_brand bigint, choice jsonb) RETURNS TABLE (gtin bigint, lot text)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	of_gtin bigint := nullif(choice ->> 'gtin', '')::bigint;
	from_day date := nullif(choice ->> 'from', '')::date;
	to_day date := nullif(choice ->> 'to', '')::date;
BEGIN
	CASE choice ->> 'by'
	WHEN 'lots' THEN
		RETURN QUERY SELECT DISTINCT of_gtin, l FROM jsonb_array_elements_text(choice -> 'lots') AS l;
	WHEN 'material' THEN
		RETURN QUERY SELECT m.gtin, m.lot FROM trace.halt_made_of(of_brand, choice ->> 'supplier',
			choice ->> 'material', of_gtin, choice ->> 'lot') AS m;
	WHEN 'dates' THEN
		RETURN QUERY SELECT l.gtin::bigint, l.lot::text FROM trace.lot_now AS l
		WHERE l.brand_id = of_brand AND (of_gtin IS NULL OR l.gtin = of_gtin)
			AND CASE choice ->> 'date' WHEN 'best_before' THEN l.best_before ELSE l.produced_on END
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity');
	WHEN 'machine' THEN
		-- Everything that is said must hold for the same step or the same inspection. What has no time recorded
		-- is taken along: it may have been then.
		RETURN QUERY
		SELECT s.gtin::bigint, s.lot::text FROM trace.step_now AS s
		WHERE s.brand_id = of_brand AND (of_gtin IS NULL OR s.gtin = of_gtin)
			AND coalesce(choice ->> 'instrument', '') = ''
			AND coalesce(choice ->> 'facility', '') IN ('', s.facility)
			AND (coalesce(choice ->> 'parameter', '') || coalesce(choice ->> 'value', '') = ''
				OR trace.halt_has_parameter(s.parameters, coalesce(choice ->> 'parameter', ''),
					coalesce(choice ->> 'value', '')))
			AND coalesce(coalesce(s.started_at, s.ended_at)::date
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity'), true)
		UNION
		SELECT i.gtin::bigint, i.lot::text FROM trace.inspection_now AS i
		WHERE i.brand_id = of_brand AND (of_gtin IS NULL OR i.gtin = of_gtin)
			AND coalesce(choice ->> 'parameter', '') || coalesce(choice ->> 'value', '') = ''
			AND coalesce(choice ->> 'instrument', '') IN ('', i.instrument)
			AND coalesce(choice ->> 'facility', '') IN ('', i.facility)
			AND coalesce(i.measured_at::date
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity'), true)
		UNION
		SELECT l.gtin::bigint, l.lot::text FROM trace.lot_now AS l
		WHERE l.brand_id = of_brand AND (of_gtin IS NULL OR l.gtin = of_gtin)
			AND coalesce(choice ->> 'facility', '') = l.facility
			AND coalesce(choice ->> 'instrument', '') || coalesce(choice ->> 'parameter', '')
				|| coalesce(choice ->> 'value', '') = ''
			AND coalesce(l.produced_on
				BETWEEN coalesce(from_day, '-infinity') AND coalesce(to_day, 'infinity'), true);
	ELSE
		RETURN;
	END CASE;
END $$;

-- Counters of a GTIN as lines of a list, batch by batch.
CREATE FUNCTION trace.halt_ranges(of_gtin bigint, whole int8multirange)
RETURNS TABLE (gtin bigint, lot text, counters int8range, batch_id uuid, place bigint, serial text, codes bigint)
LANGUAGE sql STABLE AS $$
	SELECT of_gtin, coalesce(b.lot, '')::text, span, b.id, lower(span) - b.first + 1, NULL::text,
		upper(span) - lower(span)
	FROM code.batch AS b, LATERAL unnest(whole * int8multirange(int8range(b.first, b.first + b.quantity))) AS span
	WHERE b.gtin = of_gtin AND int8range(b.first, b.first + b.quantity) && range_merge(whole)
$$;

-- What is chosen, line by line. `stands`: for a choice of codes, where they stand.
CREATE FUNCTION trace.halt_lines(of_brand bigint, choice jsonb, stands code.stand[])
RETURNS TABLE (gtin bigint, lot text, counters int8range, batch_id uuid, place bigint, serial text, codes bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	of_gtin bigint := nullif(choice ->> 'gtin', '')::bigint;
	part record;
BEGIN
	IF choice ->> 'by' = 'codes' THEN
		FOR part IN SELECT f.gtin, CASE WHEN choice ->> 'ends' = 'true'
				THEN int8multirange(int8range(min(f.counter), max(f.counter), '[]'))
				ELSE range_agg(int8range(f.counter, f.counter, '[]')) END AS whole
			FROM unnest(stands) AS f WHERE f.found = 'yes' GROUP BY f.gtin
		LOOP
			RETURN QUERY SELECT * FROM trace.halt_ranges(part.gtin, part.whole);
		END LOOP;
		RETURN QUERY SELECT DISTINCT f.gtin, coalesce(f.lot, ''), NULL::int8range, NULL::uuid, NULL::bigint, f.serial,
			1::bigint FROM unnest(stands) AS f WHERE f.found = 'elsewhere';
	ELSIF choice ->> 'by' = 'product' THEN
		RETURN QUERY SELECT * FROM trace.halt_ranges(of_gtin, '{[0,)}');
		RETURN QUERY SELECT f.gtin::bigint, f.lot::text, NULL::int8range, NULL::uuid, NULL::bigint, NULL::text, count(*)
			FROM code.foreign_item AS f WHERE f.gtin = of_gtin AND f.lot IS NOT NULL GROUP BY f.gtin, f.lot;
		RETURN QUERY SELECT f.gtin::bigint, '', NULL::int8range, NULL::uuid, NULL::bigint, f.serial::text, 1::bigint
			FROM code.foreign_item AS f WHERE f.gtin = of_gtin AND f.lot IS NULL;
	ELSE
		RETURN QUERY
		WITH chosen AS MATERIALIZED (
			SELECT l.gtin, l.lot FROM trace.halt_lots(of_brand, choice) AS l
		), products AS MATERIALIZED (
			SELECT DISTINCT c.gtin FROM chosen AS c
		), issued AS MATERIALIZED (
			SELECT t.gtin, t.lot, sum(t.codes)::bigint AS codes FROM (
				SELECT r.gtin::bigint, coalesce(b.lot, r.lot)::text, upper(r.counters) - lower(r.counters)
				FROM products AS p JOIN code.run AS r ON r.gtin = p.gtin JOIN code.batch AS b ON b.id = r.batch_id
				UNION ALL
				SELECT f.gtin::bigint, f.lot::text, count(*)
				FROM products AS p JOIN code.foreign_item AS f ON f.gtin = p.gtin
				GROUP BY f.gtin, f.lot) AS t(gtin, lot, codes)
			GROUP BY t.gtin, t.lot
		)
		SELECT c.gtin, c.lot, NULL::int8range, NULL::uuid, NULL::bigint, NULL::text, coalesce(i.codes, 0)
		FROM chosen AS c LEFT JOIN issued AS i ON i.gtin = c.gtin AND i.lot = c.lot;
	END IF;
END $$;

-- The choice as it is kept, or what is wrong with it.
CREATE FUNCTION trace.halt_check_choice(choice jsonb) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
	of_lot text;
	word text;
BEGIN
	IF choice ->> 'by' NOT IN ('lots', 'product', 'material', 'codes', 'dates', 'machine')
		OR choice ->> 'by' IS NULL THEN
		PERFORM code.refuse(400, 'by: must be lots, product, material, codes, dates or machine',
			json_build_object('member', 'by', 'code', 'choice'));
	END IF;
	IF choice ? 'gtin' AND choice ->> 'gtin' <> '' AND NOT EXISTS (
		SELECT FROM trace.gtin_owner AS o WHERE o.gtin = (choice ->> 'gtin')::bigint) THEN
		PERFORM code.refuse(404, 'gtin: no brand owns this GTIN, or not yours',
			json_build_object('member', 'gtin', 'code', 'unknown_gtin'));
	END IF;
	FOREACH word IN ARRAY ARRAY['from', 'to'] LOOP
		BEGIN
			PERFORM nullif(choice ->> word, '')::base.day;
		EXCEPTION WHEN data_exception OR check_violation THEN
			PERFORM code.refuse(400, word || ': must be a date, such as 2026-09-01',
				json_build_object('member', word, 'code', 'date'));
		END;
	END LOOP;
	IF choice ->> 'from' > choice ->> 'to' AND choice ->> 'to' <> '' THEN
		PERFORM code.refuse(400, 'to: must not be before `from`', json_build_object('member', 'to', 'code', 'halt_order'));
	END IF;
	CASE choice ->> 'by'
	WHEN 'lots' THEN
		word := CASE WHEN coalesce(choice ->> 'gtin', '') = '' THEN 'gtin'
			WHEN coalesce(jsonb_array_length(choice -> 'lots'), 0) = 0 THEN 'lots' END;
		FOR of_lot IN SELECT jsonb_array_elements_text(choice -> 'lots') LOOP
			EXIT WHEN word IS NOT NULL;
			IF NOT trace.halt_knows_lot((choice ->> 'gtin')::bigint, of_lot) THEN
				PERFORM code.refuse(400, format('neither records nor codes know a lot %s of this GTIN', left(of_lot, 100)),
					json_build_object('member', 'lots', 'code', 'unknown_lot', 'lot', left(of_lot, 100)));
			END IF;
		END LOOP;
	WHEN 'product' THEN
		word := CASE WHEN coalesce(choice ->> 'gtin', '') = '' THEN 'gtin' END;
	WHEN 'material' THEN
		word := CASE WHEN coalesce(choice ->> 'lot', '') = '' THEN 'lot'
			WHEN coalesce(choice ->> 'gtin', '') = '' AND coalesce(choice ->> 'supplier', '') = '' THEN 'supplier'
			WHEN coalesce(choice ->> 'gtin', '') = '' AND coalesce(choice ->> 'material', '') = '' THEN 'material' END;
	WHEN 'dates' THEN
		word := CASE WHEN coalesce(choice ->> 'from', '') || coalesce(choice ->> 'to', '') = '' THEN 'from' END;
	WHEN 'machine' THEN
		word := CASE WHEN concat(choice ->> 'instrument', choice ->> 'facility', choice ->> 'parameter',
			choice ->> 'value') = '' THEN 'instrument' END;
	ELSE
		word := NULL;
	END CASE;
	IF word IS NOT NULL THEN
		PERFORM code.refuse(400, word || ': is needed', json_build_object('member', word, 'code', 'required'));
	END IF;
END $$;

-- Where the codes of a choice stand; every one must be known.
CREATE FUNCTION trace.halt_find(choice jsonb, codes code.printed[]) RETURNS code.stand[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	stands code.stand[] := ARRAY(SELECT f FROM code.find(codes) AS f ORDER BY f.line);
	wrong code.stand;
BEGIN
	IF cardinality(stands) = 0 THEN
		PERFORM code.refuse(400, 'codes: are needed', json_build_object('member', 'codes', 'code', 'required'));
	END IF;
	SELECT f.* INTO wrong FROM unnest(stands) AS f WHERE f.found NOT IN ('yes', 'elsewhere') ORDER BY f.line LIMIT 1;
	IF FOUND THEN
		PERFORM code.refuse(400, format('codes: line %s is no code of this brand', wrong.line),
			json_build_object('member', CASE WHEN choice ->> 'ends' = 'true' AND wrong.line = 1 THEN 'first'
				WHEN choice ->> 'ends' = 'true' THEN 'last' ELSE 'codes' END, 'code', 'unknown_code', 'line', wrong.line));
	END IF;
	IF choice ->> 'ends' = 'true' AND ((stands[1]).gtin <> (stands[2]).gtin OR (stands[1]).counter IS NULL
		OR (stands[2]).counter IS NULL OR (stands[1]).counter > (stands[2]).counter) THEN
		PERFORM code.refuse(400, 'last: must be issued after `first`, for the same GTIN',
			json_build_object('member', 'last', 'code', 'halt_order'));
	END IF;
	RETURN stands;
END $$;

-- --- the list --------------------------------------------------------------------------------------

-- The list as CSV (RFC 4180), the same bytes for ever: what SHA-256 is of.
CREATE FUNCTION trace.halt_list(of_halt bigint) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT E'gtin,lot,batch,from,to,serial,codes\r\n' || coalesce(string_agg(
		format(E'%s,"%s",%s,%s,%s,"%s",%s\r\n', lpad(p.gtin::text, 14, '0'), replace(p.lot, '"', '""'),
			coalesce(p.batch_id::text, ''), coalesce(p.place::text, ''),
			coalesce((p.place + upper(p.counters) - lower(p.counters) - 1)::text, ''),
			replace(coalesce(p.serial, ''), '"', '""'), p.codes), '' ORDER BY p.n), '')
	FROM trace.halt_part AS p WHERE p.halt_id = of_halt
$$;

-- The lots whose codes a halt covers, wholly or in part; '' for codes without one.
CREATE FUNCTION trace.halt_touches(of_halt bigint) RETURNS TABLE (gtin bigint, lot text)
LANGUAGE sql STABLE AS $$
	SELECT p.gtin::bigint, p.lot FROM trace.halt_part AS p WHERE p.halt_id = of_halt AND p.counters IS NULL
	UNION
	SELECT r.gtin::bigint, coalesce(p.lot_of_batch, r.lot, '')::text FROM (
		SELECT q.gtin, q.counters, nullif(q.lot, '') AS lot_of_batch FROM trace.halt_part AS q
		WHERE q.halt_id = of_halt AND q.counters IS NOT NULL) AS p
	JOIN code.run AS r ON r.gtin = p.gtin AND r.counters && p.counters
$$;

-- Checks by customers of the lots that a halt touches, by country: which code it was is not kept by hour.
CREATE FUNCTION trace.halt_checks(of_halt bigint, since timestamptz, until timestamptz)
RETURNS TABLE (country text, checks bigint)
LANGUAGE sql STABLE
BEGIN ATOMIC
	WITH lots AS MATERIALIZED (
		SELECT t.gtin, trace.lot_handle(t.gtin, t.lot) AS handle FROM trace.halt_touches(of_halt) AS t
	), products AS MATERIALIZED (
		SELECT DISTINCT gtin FROM lots
	)
	SELECT c.country, sum(c.times)::bigint
	FROM products AS p JOIN code.check_count AS c ON c.gtin = p.gtin
	JOIN lots AS l ON l.gtin = c.gtin AND l.handle = c.lot_handle
	WHERE c.kind = 'visit' AND c.hour >= coalesce(since, '-infinity') AND c.hour < coalesce(until, 'infinity')
	GROUP BY c.country ORDER BY 2 DESC, 1;
END;

CREATE FUNCTION trace.halt_count_now(of_halt bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	WITH checks AS MATERIALIZED (
		SELECT * FROM trace.halt_checks(of_halt, NULL, NULL)
	)
	SELECT jsonb_build_object(
		'lots', (SELECT count(*) FROM trace.halt_touches(of_halt) AS t WHERE t.lot <> ''),
		'products', (SELECT count(DISTINCT gtin) FROM trace.halt_part WHERE halt_id = of_halt),
		'lines', (SELECT count(*) FROM trace.halt_part WHERE halt_id = of_halt),
		'codes', (SELECT coalesce(sum(codes), 0) FROM trace.halt_part WHERE halt_id = of_halt),
		'checks', (SELECT coalesce(sum(checks), 0) FROM checks),
		'countries', (SELECT coalesce(jsonb_agg(jsonb_build_object('country', country, 'checks', checks)), '[]')
			FROM checks))
$$;

-- What the choice would cover now and the list does not: lots and codes.
CREATE FUNCTION trace.halt_more(of_halt bigint, OUT lots bigint, OUT codes bigint)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	h trace.halt;
BEGIN
	lots := 0;
	codes := 0;
	SELECT * INTO h FROM trace.halt AS t WHERE t.id = of_halt;
	IF h.choice ->> 'by' = 'codes' THEN RETURN; END IF;
	SELECT count(DISTINCT (n.gtin, n.lot)) FILTER (WHERE p.n IS NULL AND n.lot <> ''),
		coalesce(sum(n.codes - coalesce(p.codes, 0)), 0)
	INTO lots, codes
	FROM trace.halt_lines(h.brand_id, h.choice, '{}') AS n
	LEFT JOIN trace.halt_part AS p ON p.halt_id = of_halt AND p.gtin = n.gtin AND p.lot = n.lot
		AND p.counters IS NOT DISTINCT FROM n.counters AND p.serial IS NOT DISTINCT FROM n.serial;
	codes := greatest(codes, 0);
END $$;

CREATE FUNCTION trace.halt_note(h trace.halt, step text, words text DEFAULT '') RETURNS void
LANGUAGE sql AS $$
	INSERT INTO trace.halt_step (brand_id, halt_id, step, words) VALUES (h.brand_id, h.id, step, words)
$$;

-- Chooses, counts and lists; the number of the halt.
CREATE FUNCTION trace.halt_count(of_brand bigint, of_kind text, of_choice jsonb, codes code.printed[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt;
	stands code.stand[] := '{}';
BEGIN
	IF of_kind NOT IN ('recall', 'hold', 'quarantine', 'expire') OR of_kind IS NULL THEN
		PERFORM code.refuse(400, 'kind: must be recall, hold, quarantine or expire',
			json_build_object('member', 'kind', 'code', 'choice'));
	END IF;
	PERFORM trace.halt_check_choice(of_choice);
	IF of_choice ->> 'by' = 'codes' THEN
		stands := trace.halt_find(of_choice, codes);
	END IF;
	INSERT INTO trace.halt (brand_id, kind, choice) VALUES (of_brand, of_kind, of_choice) RETURNING * INTO h;
	INSERT INTO trace.halt_part (halt_id, n, brand_id, gtin, lot, counters, batch_id, place, serial, codes)
	SELECT h.id, row_number() OVER (ORDER BY l.gtin, l.lot COLLATE "C", l.counters, l.serial), of_brand, l.gtin, l.lot,
		l.counters, l.batch_id, l.place, l.serial, l.codes
	FROM trace.halt_lines(of_brand, of_choice, stands) AS l;
	IF NOT FOUND THEN
		PERFORM code.refuse(409, 'nothing fits this choice: no lot and no code is covered',
			json_build_object('member', 'by', 'code', 'halt_nothing'));
	END IF;
	UPDATE trace.halt AS t SET counted = trace.halt_count_now(h.id),
		list_sha256 = sha256(convert_to(trace.halt_list(h.id), 'UTF8')) WHERE t.id = h.id;
	PERFORM trace.halt_note(h, 'counted');
	RETURN h.id;
END $$;

-- --- what the public sees --------------------------------------------------------------------------

-- The recalls of whole lots, in schema pub, as far as these lots are concerned: the newest says why.
CREATE FUNCTION trace.halt_project_lots(of_halt bigint) RETURNS void
LANGUAGE sql AS $$
	WITH lots AS MATERIALIZED (
		SELECT p.gtin, p.lot, trace.lot_handle(p.gtin, p.lot) AS handle FROM trace.halt_part AS p
		WHERE p.halt_id = of_halt AND p.counters IS NULL AND p.serial IS NULL
	), runs AS MATERIALIZED (
		SELECT DISTINCT ON (l.gtin, l.handle) l.gtin, l.handle, h.started_at,
			trace.halt_words(h.reason, h.advice) AS reason
		FROM lots AS l
		JOIN trace.halt_part AS p ON p.gtin = l.gtin AND p.lot = l.lot AND p.counters IS NULL AND p.serial IS NULL
		JOIN trace.halt AS h ON h.id = p.halt_id AND h.kind = 'recall' AND h.state = 'running'
		ORDER BY l.gtin, l.handle, h.started_at DESC, h.id DESC
	), gone AS (
		DELETE FROM pub.recall AS r USING lots AS l WHERE r.gtin = l.gtin AND r.lot_handle = l.handle
			AND NOT EXISTS (SELECT FROM runs AS n WHERE n.gtin = l.gtin AND n.handle = l.handle)
	)
	INSERT INTO pub.recall AS r (gtin, lot_handle, started_at, reason)
	SELECT gtin, handle, started_at, reason FROM runs ORDER BY gtin, handle
	ON CONFLICT (gtin, lot_handle) DO UPDATE SET started_at = EXCLUDED.started_at, reason = EXCLUDED.reason
$$;

-- Brings schema pub in line with a halt that has started or ended, and tells every lookup worker.
CREATE FUNCTION trace.halt_project(of_halt bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt;
	gtins bigint[];
	effect text;
BEGIN
	SELECT * INTO h FROM trace.halt AS t WHERE t.id = of_halt;
	SELECT array_agg(DISTINCT p.gtin ORDER BY p.gtin) INTO gtins FROM trace.halt_part AS p WHERE p.halt_id = of_halt;
	PERFORM pub.lock_gtins(gtins);
	effect := trace.halt_effect(h.kind, h.shown);
	DELETE FROM pub.halt_part AS p WHERE p.gtin = ANY (gtins) AND p.halt_id = of_halt;
	DELETE FROM pub.halt AS p WHERE p.halt_id = of_halt;
	IF h.state = 'running' AND effect IS NOT NULL THEN
		INSERT INTO pub.halt (halt_id, brand_id, effect, since, reason)
		VALUES (h.id, h.brand_id, effect, h.started_at, nullif(trace.halt_words(h.reason, h.advice), '{}'));
		INSERT INTO pub.halt_part (gtin, halt_id, n, lot_handle, counters, serial)
		SELECT p.gtin, p.halt_id, p.n,
			CASE WHEN p.counters IS NULL AND p.serial IS NULL THEN trace.lot_handle(p.gtin, p.lot) END,
			p.counters, p.serial
		FROM trace.halt_part AS p
		WHERE p.halt_id = of_halt AND (effect <> 'recalled' OR p.counters IS NOT NULL OR p.serial IS NOT NULL);
	END IF;
	IF h.kind = 'recall' THEN
		PERFORM trace.halt_project_lots(of_halt);
	END IF;
	UPDATE pub.gtin AS g SET has_halts = NOT g.has_halts WHERE g.gtin = ANY (gtins)
		AND g.has_halts <> EXISTS (SELECT FROM pub.halt_part AS p WHERE p.gtin = g.gtin);
	PERFORM pub.touch(gtins);
END $$;

-- --- deciding --------------------------------------------------------------------------------------

-- How long a proposal waits for its second person.
CREATE FUNCTION trace.halt_patience() RETURNS interval
LANGUAGE sql IMMUTABLE AS $$ SELECT interval '72 hours' $$;

-- Whether an account of this session's brand still is one and has one of these roles; it cannot lose them
-- before this transaction ends. With the owner's rights, because nobody else may hold the row.
CREATE FUNCTION trace.halt_may(of_account bigint, needed text[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a team.account;
BEGIN
	SELECT * INTO a FROM team.account AS t WHERE t.id = of_account AND t.brand_id = base.session_brand() FOR SHARE;
	RETURN FOUND AND a.ended_at IS NULL AND a.roles && needed;
END $$;
REVOKE EXECUTE ON FUNCTION trace.halt_may FROM PUBLIC;
GRANT EXECUTE ON FUNCTION trace.halt_may TO suyuan_console;

-- Who decides must be able to now, not only when the request came in. The operator has no account.
CREATE FUNCTION trace.halt_check_person(needed text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF base.session_account() IS NOT NULL AND NOT trace.halt_may(base.session_account(), needed)
		OR base.session_account() IS NULL AND current_user = 'suyuan_console' THEN
		PERFORM code.refuse(403, 'your account may not decide this, or no longer');
	END IF;
END $$;

-- Held to the end of the transaction: two who decide at once decide one after the other.
CREATE FUNCTION trace.halt_hold(of_halt bigint) RETURNS trace.halt
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt;
BEGIN
	PERFORM trace.halt_check_person('{quality,admin}');
	SELECT * INTO h FROM trace.halt AS t WHERE t.id = of_halt FOR UPDATE;
	IF NOT FOUND THEN
		PERFORM code.refuse(404, 'there is no such recall or hold');
	END IF;
	IF h.proposal IS NOT NULL AND h.proposed_at + trace.halt_patience() <= now() THEN
		UPDATE trace.halt AS t SET proposal = NULL, proposed_at = NULL, proposed_by = NULL, proposer = NULL,
			proposal_reason = '' WHERE t.id = of_halt RETURNING * INTO h;
		PERFORM trace.halt_note(h, 'expired');
	END IF;
	RETURN h;
END $$;

CREATE FUNCTION trace.halt_wants_two(of_brand bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT coalesce((SELECT r.two_persons FROM trace.halt_rule AS r WHERE r.brand_id = of_brand), false)
$$;

CREATE FUNCTION trace.halt_refuse_state(h trace.halt) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM code.refuse(409, format('it is %s%s', h.state, CASE WHEN h.proposal IS NULL THEN ''
		ELSE ' and waits for a second person' END),
		json_build_object('code', CASE WHEN h.proposal IS NULL THEN 'halt_state' ELSE 'halt_waits' END,
			'state', h.state, 'proposal', h.proposal));
END $$;

CREATE FUNCTION trace.halt_texts(words text, of_member text) RETURNS base.words
LANGUAGE plpgsql STABLE AS $$
DECLARE
	given jsonb := coalesce(nullif(words, ''), '{}')::jsonb;
BEGIN
	IF NOT base.is_text_by_language(given) OR EXISTS (
		SELECT FROM jsonb_each_text(given) AS t(tag, word) WHERE length(word) > 1000) THEN
		PERFORM code.refuse(400, of_member || ': must be texts by language of at most 1000 characters, such as {"en": "Glass"}',
			json_build_object('member', of_member, 'limit', 1000));
	END IF;
	RETURN given;
END $$;

-- What it says; as long as it was only counted.
CREATE FUNCTION trace.halt_describe(of_halt bigint, of_severity text, of_shown boolean, of_reason text, of_advice text,
	of_evidence text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt := trace.halt_hold(of_halt);
BEGIN
	IF h.state <> 'counted' OR h.proposal IS NOT NULL THEN
		PERFORM trace.halt_refuse_state(h);
	END IF;
	UPDATE trace.halt AS t SET severity = coalesce(of_severity, t.severity),
		shown = t.kind = 'recall' OR coalesce(of_shown, t.shown),
		reason = trace.halt_texts(of_reason, 'reason'), advice = trace.halt_texts(of_advice, 'advice'),
		evidence = coalesce(of_evidence, '')
	WHERE t.id = of_halt;
	PERFORM trace.halt_note(h, 'described');
END $$;

CREATE FUNCTION trace.halt_run(of_halt bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt;
BEGIN
	UPDATE trace.halt AS t SET state = 'running', started_at = now(), proposal = NULL, proposed_at = NULL,
		proposed_by = NULL, proposer = NULL, proposal_reason = '' WHERE t.id = of_halt RETURNING * INTO h;
	PERFORM trace.halt_note(h, 'started');
	PERFORM trace.halt_project(of_halt);
END $$;

CREATE FUNCTION trace.halt_stop(of_halt bigint, why text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt;
BEGIN
	UPDATE trace.halt AS t SET state = 'ended', ended_at = now(), end_reason = why, proposal = NULL,
		proposed_at = NULL, proposed_by = NULL, proposer = NULL, proposal_reason = ''
	WHERE t.id = of_halt RETURNING * INTO h;
	PERFORM trace.halt_note(h, 'lifted', why);
	PERFORM trace.halt_project(of_halt);
END $$;

CREATE FUNCTION trace.halt_propose(h trace.halt, what text, why text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE trace.halt AS t SET proposal = what, proposed_at = now(), proposed_by = base.session_by(),
		proposer = base.session_account(), proposal_reason = why WHERE t.id = h.id;
	PERFORM trace.halt_note(h, CASE what WHEN 'start' THEN 'proposed' ELSE 'lift_proposed' END, why);
END $$;

-- Starts it, or proposes to. To hold goods back takes one person: stopping a danger must be quick. `expected`: the
-- SHA-256 of the list in hexadecimal as the caller saw it, or ''. "started" or "proposed".
CREATE FUNCTION trace.halt_start(of_halt bigint, expected text DEFAULT '') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt := trace.halt_hold(of_halt);
BEGIN
	IF h.state <> 'counted' OR h.proposal IS NOT NULL THEN
		PERFORM trace.halt_refuse_state(h);
	ELSIF expected <> '' AND expected <> encode(h.list_sha256, 'hex') THEN
		PERFORM code.refuse(409, 'the list is another one', json_build_object('member', 'sha256', 'code', 'halt_state'));
	ELSIF h.kind = 'recall' AND h.reason::jsonb = '{}' THEN
		PERFORM code.refuse(409, 'reason: a recall says what is wrong, in one language at least',
			json_build_object('member', 'reason', 'code', 'halt_reason'));
	END IF;
	PERFORM pub.lock_gtins(ARRAY(SELECT DISTINCT p.gtin::bigint FROM trace.halt_part AS p WHERE p.halt_id = of_halt
		ORDER BY 1));
	IF EXISTS (SELECT FROM trace.halt AS o WHERE o.brand_id = h.brand_id AND o.state = 'running'
		AND o.kind = h.kind AND o.choice = h.choice AND (o.choice ->> 'by' <> 'codes' OR o.list_sha256 = h.list_sha256)
		AND (h.kind = 'recall' OR o.shown = h.shown)
		AND (o.list_sha256 = h.list_sha256 OR o.choice ->> 'by' = 'lots')) THEN
		PERFORM code.refuse(409, 'this ' || h.kind || ' runs already', json_build_object('code', 'halt_runs'));
	END IF;
	IF h.kind IN ('recall', 'expire') AND trace.halt_wants_two(h.brand_id) THEN
		PERFORM trace.halt_propose(h, 'start', '');
		RETURN 'proposed';
	END IF;
	PERFORM trace.halt_run(of_halt);
	RETURN 'started';
END $$;

-- Ends it, or proposes to.
CREATE FUNCTION trace.halt_lift(of_halt bigint, why text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt := trace.halt_hold(of_halt);
BEGIN
	IF h.state <> 'running' OR h.proposal IS NOT NULL THEN
		PERFORM trace.halt_refuse_state(h);
	ELSIF coalesce(trim(why), '') = '' THEN
		PERFORM code.refuse(400, 'reason: say why it ends', json_build_object('member', 'reason', 'code', 'required'));
	ELSIF length(why) > 2000 THEN
		PERFORM code.refuse(400, 'reason: at most 2000 characters', json_build_object('member', 'reason', 'code', 'too_long',
			'limit', 2000));
	END IF;
	IF trace.halt_wants_two(h.brand_id) THEN
		PERFORM trace.halt_propose(h, 'lift', why);
		RETURN 'proposed';
	END IF;
	PERFORM trace.halt_stop(of_halt, why);
	RETURN 'lifted';
END $$;

-- The second person. Nobody approves his own, by whatever way he came in, nor what somebody proposed who
-- could not any more.
CREATE FUNCTION trace.halt_check_second(by_account bigint, by_name text, needed text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF by_account IS NOT DISTINCT FROM base.session_account() OR by_name = base.session_by() THEN
		PERFORM code.refuse(403, 'nobody approves what he proposed himself', json_build_object('code', 'halt_own'));
	ELSIF by_account IS NOT NULL AND current_user = 'suyuan_console' AND NOT trace.halt_may(by_account, needed) THEN
		PERFORM code.refuse(409, 'who proposed this may not decide it any more: decline it and propose it anew',
			json_build_object('code', 'halt_proposer'));
	END IF;
END $$;

CREATE FUNCTION trace.halt_approve(of_halt bigint, expected text DEFAULT '') RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt := trace.halt_hold(of_halt);
BEGIN
	IF h.proposal IS NULL THEN
		PERFORM code.refuse(409, 'nothing is proposed here, or not any more',
			json_build_object('code', 'halt_no_proposal', 'state', h.state));
	ELSIF expected <> '' AND expected <> h.proposal THEN
		PERFORM code.refuse(409, 'something else is proposed', json_build_object('code', 'halt_no_proposal'));
	END IF;
	PERFORM trace.halt_check_second(h.proposer, h.proposed_by, '{quality,admin}');
	IF h.proposal = 'start' THEN
		PERFORM trace.halt_run(of_halt);
		RETURN 'started';
	END IF;
	PERFORM trace.halt_stop(of_halt, h.proposal_reason);
	RETURN 'lifted';
END $$;

-- Takes a proposal away: another person's, or one's own.
CREATE FUNCTION trace.halt_decline(of_halt bigint, why text) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	h trace.halt := trace.halt_hold(of_halt);
BEGIN
	IF h.proposal IS NULL THEN
		PERFORM code.refuse(409, 'nothing is proposed here, or not any more',
			json_build_object('code', 'halt_no_proposal', 'state', h.state));
	END IF;
	UPDATE trace.halt AS t SET proposal = NULL, proposed_at = NULL, proposed_by = NULL, proposer = NULL,
		proposal_reason = '' WHERE t.id = of_halt;
	PERFORM trace.halt_note(h, 'declined', left(coalesce(why, ''), 2000));
	RETURN 'declined';
END $$;

-- The rule itself: one admin proposes, another approves by asking for the same.
CREATE FUNCTION trace.halt_set_rule(wanted boolean) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	r trace.halt_rule;
	of_brand bigint := base.session_brand();
BEGIN
	PERFORM trace.halt_check_person('{admin}');
	INSERT INTO trace.halt_rule (brand_id) VALUES (of_brand) ON CONFLICT DO NOTHING;
	SELECT * INTO r FROM trace.halt_rule AS t WHERE t.brand_id = of_brand FOR UPDATE;
	IF r.proposed IS NOT NULL AND r.proposed_at + trace.halt_patience() <= now() THEN
		r.proposed := NULL;
	END IF;
	IF r.two_persons = wanted THEN
		UPDATE trace.halt_rule AS t SET proposed = NULL, proposed_at = NULL, proposed_by = NULL, proposer = NULL
		WHERE t.brand_id = of_brand AND t.proposed IS NOT NULL;
		RETURN 'rule_stays';
	ELSIF r.proposed IS NULL THEN
		UPDATE trace.halt_rule AS t SET proposed = wanted, proposed_at = now(), proposed_by = base.session_by(),
			proposer = base.session_account() WHERE t.brand_id = of_brand;
		RETURN 'rule_proposed';
	END IF;
	PERFORM trace.halt_check_second(r.proposer, r.proposed_by, '{admin}');
	UPDATE trace.halt_rule AS t SET two_persons = wanted, proposed = NULL, proposed_at = NULL, proposed_by = NULL,
		proposer = NULL, changed_at = now(), changed_by = base.session_by() WHERE t.brand_id = of_brand;
	RETURN 'rule_changed';
END $$;

CREATE FUNCTION trace.halt_rule_document() RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('two_persons', coalesce(r.two_persons, false),
		'proposed', CASE WHEN r.proposed_at + trace.halt_patience() > now() THEN r.proposed END,
		'proposed_by', CASE WHEN r.proposed_at + trace.halt_patience() > now() THEN r.proposed_by END,
		'proposed_at', CASE WHEN r.proposed_at + trace.halt_patience() > now() THEN job.moment(r.proposed_at) END,
		'mine', coalesce(r.proposer = base.session_account(), false),
		'changed_at', job.moment(r.changed_at), 'changed_by', r.changed_by)
	FROM (SELECT base.session_brand()) AS b(id) LEFT JOIN trace.halt_rule AS r ON r.brand_id = b.id
$$;

-- --- documents -------------------------------------------------------------------------------------

-- "proposed" where it waits for a second person to start it.
CREATE FUNCTION trace.halt_standing(h trace.halt) RETURNS text
LANGUAGE sql STABLE AS $$
	SELECT CASE WHEN h.proposal = 'start' AND h.proposed_at + trace.halt_patience() > now() THEN 'proposed'
		ELSE h.state END
$$;

CREATE FUNCTION trace.halt_brief(h trace.halt) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('id', h.id, 'kind', h.kind, 'state', trace.halt_standing(h), 'choice', h.choice,
		'severity', h.severity, 'shown', h.shown, 'effect', trace.halt_effect(h.kind, h.shown),
		'reason', h.reason, 'advice', h.advice,
		'counted', h.counted, 'counted_at', job.moment(h.counted_at), 'counted_by', h.counted_by,
		'sha256', encode(h.list_sha256, 'hex'),
		'started_at', job.moment(h.started_at), 'ended_at', job.moment(h.ended_at), 'end_reason', h.end_reason,
		'proposal', CASE WHEN h.proposed_at + trace.halt_patience() > now() THEN jsonb_build_object(
			'what', h.proposal, 'by', h.proposed_by, 'at', job.moment(h.proposed_at),
			'ends_at', job.moment(h.proposed_at + trace.halt_patience()), 'reason', h.proposal_reason,
			'mine', h.proposer IS NOT DISTINCT FROM base.session_account()) END)
$$;

CREATE FUNCTION trace.halt_history(of_halt bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT coalesce(jsonb_agg(jsonb_build_object('step', s.step, 'at', job.moment(s.at), 'by', s.by, 'words', s.words)
		ORDER BY s.id), '[]') FROM trace.halt_step AS s WHERE s.halt_id = of_halt
$$;

CREATE FUNCTION trace.halt_document(h trace.halt) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT trace.halt_brief(h) || jsonb_build_object('evidence', h.evidence,
		'two_persons', trace.halt_wants_two(h.brand_id), 'history', trace.halt_history(h.id),
		'now', CASE WHEN h.state <> 'ended' THEN (SELECT to_jsonb(m) FROM trace.halt_more(h.id) AS m) END)
$$;

-- What an inspector asks for: who decided what and when, what was covered, when every lookup node
-- knew at the latest (a node that has not heard from the database for a second answers nothing from
-- memory), and checks before and after. Checks are kept by the hour.
CREATE FUNCTION trace.halt_sheet(h trace.halt) RETURNS jsonb
LANGUAGE sql STABLE AS $$
	SELECT trace.halt_document(h) || jsonb_build_object(
		'brand', (SELECT b.name FROM trace.brand AS b WHERE b.id = h.brand_id),
		'known_by', job.moment(date_trunc('second', h.started_at) + interval '2 seconds'),
		'lifted_by', job.moment(date_trunc('second', h.ended_at) + interval '2 seconds'),
		'checks_before', (SELECT coalesce(sum(c.checks), 0) FROM trace.halt_checks(h.id, NULL,
			date_trunc('hour', h.started_at, 'UTC')) AS c),
		'checks_after', (SELECT coalesce(sum(c.checks), 0) FROM trace.halt_checks(h.id,
			coalesce(date_trunc('hour', h.started_at, 'UTC'), 'infinity'), NULL) AS c),
		'made_at', job.moment(now()))
$$;

-- A line of the list as JSON.
CREATE FUNCTION trace.halt_line(p trace.halt_part) RETURNS json
LANGUAGE sql STABLE AS $$
	SELECT json_build_object('n', p.n, 'gtin', lpad(p.gtin::text, 14, '0'), 'lot', p.lot, 'batch', p.batch_id,
		'from', p.place, 'to', p.place + upper(p.counters) - lower(p.counters) - 1, 'serial', p.serial,
		'codes', p.codes)
$$;

-- --- codes that are held ---------------------------------------------------------------------------

-- A running hold, quarantine or end of shelf life of a code: its number, or NULL. Such a code is not
-- put into use.
CREATE FUNCTION trace.halt_of_code(of_gtin bigint, of_counter bigint, of_serial text, of_lot text) RETURNS bigint
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT h.id FROM (
		SELECT p.halt_id FROM trace.halt_part AS p WHERE p.gtin = of_gtin AND p.lot = of_lot
			AND p.counters IS NULL AND p.serial IS NULL
		UNION ALL
		SELECT p.halt_id FROM trace.halt_part AS p WHERE p.gtin = of_gtin AND p.counters @> of_counter
			AND p.counters IS NOT NULL
		UNION ALL
		SELECT p.halt_id FROM trace.halt_part AS p WHERE p.gtin = of_gtin AND p.serial = of_serial
			AND p.serial IS NOT NULL AND of_counter IS NULL) AS t
	JOIN trace.halt AS h ON h.id = t.halt_id AND h.state = 'running' AND h.kind <> 'recall'
	ORDER BY h.id LIMIT 1
$$;

-- The same of any code of a range that is not in use yet.
CREATE FUNCTION trace.halt_of_range(of_gtin bigint, asked int8range) RETURNS bigint
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	SELECT h.id FROM (
		SELECT p.halt_id, p.counters * asked AS part FROM trace.halt_part AS p
		WHERE p.gtin = of_gtin AND p.counters && asked AND p.counters IS NOT NULL
		UNION ALL
		SELECT p.halt_id, r.counters * asked FROM code.run AS r JOIN code.batch AS b ON b.id = r.batch_id
		JOIN trace.halt_part AS p ON p.gtin = r.gtin AND p.lot = coalesce(b.lot, r.lot)
			AND p.counters IS NULL AND p.serial IS NULL
		WHERE r.gtin = of_gtin AND r.counters && asked) AS t
	JOIN trace.halt AS h ON h.id = t.halt_id AND h.state = 'running' AND h.kind <> 'recall'
	WHERE EXISTS (SELECT FROM code.standing(of_gtin, t.part) AS s WHERE code.may_follow(s.state, 'commissioned'))
	ORDER BY h.id LIMIT 1
$$;

CREATE FUNCTION trace.has_holds(gtins bigint[]) RETURNS boolean
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM trace.halt AS h WHERE h.state = 'running' AND h.kind <> 'recall'
		AND EXISTS (SELECT FROM trace.halt_part AS p WHERE p.halt_id = h.id AND p.gtin = ANY (gtins)))
$$;

-- Steps of single codes, a line for each: changed, already, refused (`was` forbids it), held (a running hold
-- forbids it), never_issued, not_yours, malformed. A code named twice changes once.
CREATE OR REPLACE FUNCTION code.take_steps(codes code.printed[], new code.state, why base.words DEFAULT NULL)
RETURNS TABLE (line bigint, result text, was code.state, batch_id uuid, place bigint, lot text)
LANGUAGE plpgsql AS $$
DECLARE
	stands CONSTANT code.stand[] := code.hold_and_find(codes);
	held bigint[] := '{}';
BEGIN
	IF new = 'commissioned' AND trace.has_holds(code.gtins_of(codes)) THEN
		held := ARRAY(SELECT s.line FROM unnest(stands) AS s WHERE code.may_follow(s.state, new)
			AND trace.halt_of_code(s.gtin, s.counter, s.serial, s.lot) IS NOT NULL);
	END IF;
	PERFORM code.put_states(ARRAY(
		SELECT s FROM unnest(stands) AS s WHERE code.may_follow(s.state, new) AND s.line <> ALL (held)), new, why);
	RETURN QUERY SELECT s.line, CASE
			WHEN s.state IS NULL THEN s.found
			WHEN s.state = new THEN 'already'
			WHEN NOT code.may_follow(s.state, new) THEN 'refused'
			WHEN s.line = ANY (held) THEN 'held'
			WHEN row_number() OVER (PARTITION BY s.gtin, s.counter, s.serial ORDER BY s.line) > 1 THEN 'already'
			ELSE 'changed' END,
		s.state, s.batch_id, s.place, s.lot
	FROM unnest(stands) AS s ORDER BY s.line;
END $$;

-- A step of a batch or of some places of it. Where no code may take it: 409, naming the states; where
-- some code is held and would be put into use: 409, and none is.
CREATE OR REPLACE FUNCTION code.change_batch(of_batch uuid, from_place bigint, to_place bigint, new code.state,
	why base.words DEFAULT NULL, OUT changed bigint, OUT already bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	of record;
	asked int8range;
	holding bigint;
BEGIN
	SELECT * INTO of FROM code.places(of_batch, from_place, to_place);
	asked := of.counters;
	IF new = 'commissioned' THEN
		PERFORM pub.lock_gtins(ARRAY[of.gtin::bigint]);
		IF trace.has_holds(ARRAY[of.gtin::bigint]) THEN
			holding := trace.halt_of_range(of.gtin, asked);
		END IF;
	END IF;
	IF holding IS NOT NULL THEN
		PERFORM code.refuse(409, format('state: some of these codes are held (%s); none was put into use', holding),
			json_build_object('member', 'state', 'code', 'held', 'hold', holding, 'to', new));
	END IF;
	SELECT * INTO changed, already, refused, refusing
		FROM code.change_run(of.gtin, lower(asked), upper(asked) - 1, new, why);
	IF changed = 0 AND refused > 0 THEN
		PERFORM code.refuse(409, format('state: %s cannot become %s: %s %s', CASE WHEN refused = 1 THEN 'this code'
			ELSE refused || ' codes' END, new, CASE WHEN refused = 1 THEN 'it is' ELSE 'they are' END, refusing),
			json_build_object('member', 'state', 'from', refusing, 'to', new, 'refused', refused));
	END IF;
END $$;

-- --- what there was --------------------------------------------------------------------------------

-- Recalls that were started before: a lot, or a GTIN as a whole, which stays as it was in pub.recall.
DO $$
DECLARE
	old trace.recall;
	made bigint;
BEGIN
	FOR old IN SELECT * FROM trace.recall ORDER BY id LOOP
		INSERT INTO trace.halt (brand_id, kind, state, choice, counted_at, counted_by, reason, evidence, started_at,
			ended_at)
		VALUES (old.brand_id, 'recall', CASE WHEN old.ended_at IS NULL THEN 'running' ELSE 'ended' END,
			CASE WHEN old.lot = '' THEN jsonb_build_object('by', 'product', 'gtin', lpad(old.gtin::text, 14, '0'))
				ELSE jsonb_build_object('by', 'lots', 'gtin', lpad(old.gtin::text, 14, '0'), 'lots', jsonb_build_array(old.lot)) END,
			old.started_at, old.decided_by, old.reason, left(old.evidence, 10000), old.started_at, old.ended_at)
		RETURNING id INTO made;
		INSERT INTO trace.halt_part (halt_id, n, brand_id, gtin, lot, counters, batch_id, place, serial, codes)
		SELECT made, row_number() OVER (ORDER BY l.lot COLLATE "C", l.counters, l.serial), old.brand_id, l.gtin, l.lot,
			l.counters, l.batch_id, l.place, l.serial, l.codes
		FROM trace.halt AS h, trace.halt_lines(old.brand_id, h.choice, '{}') AS l WHERE h.id = made;
		UPDATE trace.halt SET counted = trace.halt_count_now(made),
			list_sha256 = sha256(convert_to(trace.halt_list(made), 'UTF8')) WHERE id = made;
		INSERT INTO trace.halt_step (brand_id, halt_id, step, at, by)
			VALUES (old.brand_id, made, 'started', old.started_at, old.decided_by);
		IF old.ended_at IS NULL THEN
			IF old.lot = '' THEN
				DELETE FROM pub.recall WHERE gtin = old.gtin AND lot_handle = '';
			END IF;
			PERFORM trace.halt_project(made);
		ELSE
			INSERT INTO trace.halt_step (brand_id, halt_id, step, at, by)
				VALUES (old.brand_id, made, 'lifted', old.ended_at, old.decided_by);
		END IF;
	END LOOP;
END $$;
DROP TABLE trace.recall;

SELECT audit.watch('trace.halt', 'counted');
SELECT audit.watch('trace.halt_rule');
