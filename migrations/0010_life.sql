-- The life of codes after printing: steps of many at once, print checks, reconciliation, lots given to
-- codes that are made already, and what all that costs in rows.

-- --- what is kept ---

-- A step of a single code is public by nature: pub.item alone holds it.
DROP TABLE code.item;

-- Codes may get their lot after printing; a batch that was made for one has it there.
ALTER TABLE code.run ADD COLUMN lot base.lot;

-- What was done to codes of one batch, in order. A line takes its steps code by code; to have a row for
-- each would cost more than everything else together, so a row may grow: the same step by the same hand within
-- five minutes. It never shrinks, and nothing of it changes.
ALTER TABLE code.event RENAME TO event_before;
CREATE TABLE code.event (
	gtin     base.gtin NOT NULL,
	first    bigint NOT NULL,             -- of the batch
	id       bigint GENERATED ALWAYS AS IDENTITY,
	positions int4multirange NOT NULL CHECK (NOT isempty(positions)),   -- in the batch, from 0
	state    code.state,
	lot      base.lot,
	at       timestamptz NOT NULL DEFAULT now(),    -- of the first of these codes
	until    timestamptz NOT NULL DEFAULT now(),    -- of the last
	by       text NOT NULL DEFAULT session_user,
	reason   base.words,
	PRIMARY KEY (gtin, first, id),
	CHECK (num_nonnulls(state, lot) = 1),
	CHECK (until >= at)
) WITH (fillfactor = 90);
INSERT INTO code.event (gtin, first, positions, state, at, until, by, reason)
	SELECT e.gtin, b.first, int4multirange(int4range((lower(part) - b.first)::integer,
		(upper(part) - b.first)::integer)), e.state, e.at, e.at, e.by, e.reason
	FROM code.event_before AS e
	JOIN code.batch AS b ON b.gtin = e.gtin AND e.counters && int8range(b.first, b.first + b.quantity),
	LATERAL (SELECT e.counters * int8range(b.first, b.first + b.quantity)) AS t(part)
	ORDER BY e.gtin, e.id, b.first;
DROP TABLE code.event_before;
ALTER TABLE code.event RENAME CONSTRAINT event_pkey1 TO event_pkey;

CREATE FUNCTION code.refuse_other_than_growth() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.positions @> OLD.positions AND NEW.until >= OLD.until
		AND to_jsonb(NEW) - '{positions,until}'::text[] = to_jsonb(OLD) - '{positions,until}'::text[] THEN
		RETURN NEW;
	END IF;
	RAISE EXCEPTION 'records are only added: % may only grow', TG_TABLE_NAME
		USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER only_added BEFORE DELETE OR TRUNCATE ON code.event EXECUTE FUNCTION trace.refuse_change();
CREATE TRIGGER only_grows BEFORE UPDATE ON code.event
	FOR EACH ROW EXECUTE FUNCTION code.refuse_other_than_growth();

-- Batches that were closed, whole or some positions of them (counted from 0; the end is not inside).
CREATE TABLE code.closing (
	gtin      base.gtin NOT NULL,
	batch_id  uuid NOT NULL REFERENCES code.batch,
	id        bigint GENERATED ALWAYS AS IDENTITY,
	positions int4range NOT NULL CHECK (NOT isempty(positions)),
	voided    bigint NOT NULL CHECK (voided >= 0),
	at        timestamptz NOT NULL DEFAULT now(),
	by        text NOT NULL DEFAULT session_user,
	PRIMARY KEY (batch_id, id)
);
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON code.closing
	EXECUTE FUNCTION trace.refuse_change();

DO $$
DECLARE t regclass;
BEGIN
	FOREACH t IN ARRAY ARRAY['code.event', 'code.closing']::regclass[] LOOP
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
		EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('CREATE POLICY everything ON %s TO suyuan_owner, suyuan_jobs
			USING (true) WITH CHECK (true)', t);
		EXECUTE format('CREATE POLICY own_brand ON %s TO suyuan_console
			USING (EXISTS (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = %I.gtin))', t,
			(SELECT relname FROM pg_class WHERE oid = t));
		EXECUTE format('GRANT SELECT, INSERT ON %s TO suyuan_console, suyuan_jobs', t);
	END LOOP;
END $$;
GRANT UPDATE (positions, until) ON code.event TO suyuan_console, suyuan_jobs;

-- A line that works code by code changes these rows ten times a second.
ALTER TABLE code.run SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE pub.run SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE pub.item SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE pub.gtin SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);
ALTER TABLE code.event SET (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.05);

-- --- small words ---

-- The page says since which day, so what happened on one day counts as one.
CREATE FUNCTION code.day(at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$ SELECT date_trunc('day', at, 'UTC') $$;

-- Who is at work, for records: a line by its name.
CREATE FUNCTION code.actor() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT 'line:' || name FROM code.line WHERE id = code.session_line()), session_user);
END $$;

-- Functions that read items and runs are not to be planned for the small tables that a connection met when
-- it was new: `SET enable_seqscan = off` there, and OFFSET 0 where each code is to be looked up by itself.

-- Whether codes of a GTIN may be seen or changed in this session; false also where nobody owns it.
CREATE FUNCTION code.is_ours(of_gtin bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN code.line_sees(of_gtin) AND EXISTS (SELECT FROM trace.gtin_owner WHERE gtin = of_gtin);
END $$;

-- A step of these positions of the batch that begins at `batch_first`. For every code the order of its rows
-- is the order of its steps: a row grows by none that it or a later row has. It grows to 32 ranges, because
-- growing rewrites it, and is made with 128 at most, which stay in the page.
CREATE FUNCTION code.record(of_gtin bigint, batch_first bigint, part int4multirange, of_state code.state,
	of_lot text, why base.words) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	hand text := code.actor();
BEGIN
	UPDATE code.event AS e SET positions = e.positions + part, until = now()
	FROM (
		SELECT last.id FROM (
			SELECT *, bool_or(known.positions && part) OVER (ORDER BY known.id DESC) AS met
			FROM code.event AS known
			WHERE known.gtin = of_gtin AND known.first = batch_first
			ORDER BY known.id DESC LIMIT 16) AS last
		WHERE last.state IS NOT DISTINCT FROM of_state AND last.lot IS NOT DISTINCT FROM of_lot
			AND last.by = hand AND last.reason IS NOT DISTINCT FROM why
			AND last.at > now() - interval '5 minutes' AND last.until <= now() AND NOT last.met
			AND (SELECT count(*) FROM unnest(last.positions + part)) <= 32
		ORDER BY last.id DESC LIMIT 1) AS open
	WHERE e.gtin = of_gtin AND e.first = batch_first AND e.id = open.id;
	IF NOT FOUND THEN
		INSERT INTO code.event (gtin, first, positions, state, lot, by, reason)
		SELECT of_gtin, batch_first, range_agg(span), of_state, of_lot, hand, why
		FROM unnest(part) WITH ORDINALITY AS t(span, n)
		GROUP BY (n - 1) / 128 ORDER BY (n - 1) / 128;
	END IF;
END $$;

-- The same by counters, which may be those of several batches.
CREATE FUNCTION code.record_counters(of_gtin bigint, counters int8multirange, of_state code.state, of_lot text,
	why base.words) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	batch record;
BEGIN
	FOR batch IN
		SELECT b.first, range_agg(int4range((lower(span) - b.first)::integer, (upper(span) - b.first)::integer)) AS part
		FROM code.batch AS b, LATERAL unnest(counters * int8multirange(int8range(b.first, b.first + b.quantity)))
			AS span
		WHERE b.gtin = of_gtin AND int8range(b.first, b.first + b.quantity) && range_merge(counters)
		GROUP BY b.first ORDER BY b.first
	LOOP
		PERFORM code.record(of_gtin, batch.first, batch.part, of_state, of_lot, why);
	END LOOP;
END $$;

-- --- runs and items ---

-- Gives every counter of `whole` a new state (with the lots they have) or a new lot (with the states they
-- have). Runs are cut at the edges; neighbours of one batch and lot, in one state since one day, become
-- one. A short piece between two such neighbours of which but a few codes have no row of their own joins
-- them, too: those few become items, which cost less than the two cuts. pub.run follows.
CREATE FUNCTION code.rewrite_runs(of_gtin bigint, whole int8multirange, new code.state, new_lot text)
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	few CONSTANT bigint := 6;
	short CONSTANT bigint := 64;
	old_rows tid[];         -- of old_runs; nobody moves them, since the GTIN is held
	old_runs code.run[];
	new_runs code.run[];
	left_behind code.run[];
BEGIN
	SELECT array_agg(r.ctid), array_agg(r) INTO old_rows, old_runs
	FROM code.run AS r WHERE r.ctid = ANY (ARRAY(
		SELECT hit.ctid FROM (
			SELECT unnest(range_agg(int8range(greatest(lower(w) - short - 1, 0), upper(w) + short + 1))) AS span
			FROM unnest(whole) AS w) AS near
		CROSS JOIN LATERAL (
			SELECT n.ctid FROM code.run AS n WHERE n.gtin = of_gtin AND n.counters && near.span OFFSET 0) AS hit));

	WITH piece AS (
		SELECT unnest(int8multirange(counters) * whole) AS counters, batch_id, coalesce(new, state) AS state,
			CASE WHEN new IS NULL THEN since ELSE now() END AS since, coalesce(new_lot, lot) AS lot
		FROM unnest(old_runs)
		UNION ALL
		SELECT unnest(int8multirange(counters) - whole), batch_id, state, since, lot FROM unnest(old_runs)
	), beside AS (
		SELECT *, lag(since) OVER near AS since_before, new <> 'blocked' AND state NOT IN (new, 'blocked')
			AND upper(counters) - lower(counters) <= short
			AND counters -|- lag(counters) OVER near AND counters -|- lead(counters) OVER near
			AND lag(batch_id) OVER near = batch_id AND lead(batch_id) OVER near = batch_id
			AND lag(lot) OVER near IS NOT DISTINCT FROM lot AND lead(lot) OVER near IS NOT DISTINCT FROM lot
			AND lag(state) OVER near = new AND lead(state) OVER near = new
			AND code.day(lag(since) OVER near) = code.day(lead(since) OVER near) AS between_alike
		FROM piece WINDOW near AS (ORDER BY lower(counters))
	), bridged AS (
		SELECT *, CASE WHEN between_alike THEN upper(counters) - lower(counters) - (
				SELECT count(*) FROM pub.item AS i WHERE i.gtin = of_gtin AND i.counter >= lower(counters)
					AND i.counter < upper(counters)) <= few ELSE false END AS behind
		FROM beside
	), based AS (
		SELECT counters, batch_id, lot, CASE WHEN behind THEN new ELSE state END AS state,
			CASE WHEN behind THEN since_before ELSE since END AS since
		FROM bridged
	), edge AS (
		SELECT *, counters -|- lag(counters) OVER near AND batch_id = lag(batch_id) OVER near
			AND lot IS NOT DISTINCT FROM lag(lot) OVER near AND state = lag(state) OVER near
			AND code.day(since) = code.day(lag(since) OVER near) AS same
		FROM based WINDOW near AS (ORDER BY lower(counters))
	), island AS (
		SELECT *, count(*) FILTER (WHERE same IS NOT TRUE) OVER (ORDER BY lower(counters)) AS number FROM edge
	), merged AS (
		SELECT int8range(min(lower(counters)), max(upper(counters))) AS counters,
			(array_agg(batch_id))[1] AS batch_id, min(state) AS state, min(since) AS since, min(lot) AS lot
		FROM island GROUP BY number
	)
	SELECT (SELECT array_agg(ROW(of_gtin, counters, batch_id, state, since, lot)::code.run) FROM merged),
		(SELECT array_agg(ROW(of_gtin, counters, batch_id, state, since, lot)::code.run) FROM bridged WHERE behind)
	INTO new_runs, left_behind;

	WITH gone AS (
		DELETE FROM code.run AS r WHERE r.ctid = ANY (ARRAY(
			SELECT o.row FROM unnest(old_rows, old_runs) AS o(row, gtin, counters, batch_id, state, since, lot)
			WHERE NOT EXISTS (
				SELECT FROM unnest(new_runs) AS n WHERE (n.counters, n.batch_id, n.state, n.since, n.lot)
					IS NOT DISTINCT FROM (o.counters, o.batch_id, o.state, o.since, o.lot))))
		RETURNING lower(r.counters) AS first
	)
	DELETE FROM pub.run AS p WHERE p.gtin = of_gtin AND p.first = ANY (ARRAY(SELECT gone.first FROM gone));

	WITH come AS (
		INSERT INTO code.run SELECT * FROM unnest(new_runs) EXCEPT SELECT * FROM unnest(old_runs)
		RETURNING counters, batch_id, state, since, lot
	)
	INSERT INTO pub.run (gtin, first, last, key_id, serial_length, lot_handle, state, since)
	SELECT of_gtin, lower(c.counters), upper(c.counters) - 1, b.key_id, b.serial_length,
		trace.lot_handle(of_gtin, coalesce(b.lot, c.lot)), c.state::text, c.since
	FROM come AS c JOIN code.batch AS b ON b.id = c.batch_id;

	IF left_behind IS NOT NULL THEN
		INSERT INTO pub.item (gtin, counter, state, since)
		SELECT of_gtin, counter, l.state::text, l.since
		FROM unnest(left_behind) AS l, generate_series(lower(l.counters), upper(l.counters) - 1) AS counter
		ON CONFLICT DO NOTHING;
		-- Those that are what their run is now.
		DELETE FROM pub.item AS i
		USING unnest(left_behind) AS l, LATERAL (
			SELECT r.since FROM unnest(new_runs) AS r WHERE r.counters @> l.counters) AS base
		WHERE i.gtin = of_gtin AND i.counter >= lower(l.counters) AND i.counter < upper(l.counters)
			AND i.state = new::text AND i.reason IS NULL AND code.day(i.since) = code.day(base.since);
	END IF;
END $$;

-- Gives single codes, all of which may take the step, a new state. Many in a row become a run, or part of the
-- one beside them; the others are items, also when a run is beside them, since to move its edge for each
-- code of a line costs more. A reason is shown for the item it was given for, so there each stays an item.
CREATE FUNCTION code.put_state(of_gtin bigint, codes bigint[], new code.state, why base.words)
RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	many CONSTANT bigint := 16;
	today CONSTANT timestamptz := code.day(now());
	whole int8multirange;
BEGIN
	-- Nor is a block ever part of a run: a step of the batch would lift it (code.may_follow_in_run).
	IF why IS NULL AND new <> 'blocked' THEN
		WITH mine AS (
			SELECT unnest(codes) AS counter
		), near AS (
			SELECT unnest(range_agg(int8range(counter - many, counter + many + 1))) AS span FROM mine
		), alike AS (
			SELECT counter FROM mine
			UNION
			SELECT i.counter FROM near CROSS JOIN LATERAL (
				SELECT counter FROM pub.item
				WHERE gtin = of_gtin AND counter >= lower(near.span) AND counter < upper(near.span)
					AND state = new::text AND since >= today AND reason IS NULL OFFSET 0) AS i
		), island AS (
			SELECT min(counter) AS a, max(counter) AS z
			FROM (SELECT counter, counter - row_number() OVER (ORDER BY counter) AS number FROM alike) AS numbered
			GROUP BY number
		)
		SELECT range_agg(int8range(a, z, '[]')) INTO whole
		FROM island JOIN LATERAL (
			SELECT r.first, r.last, r.state, r.since FROM pub.run AS r
			WHERE r.gtin = of_gtin AND r.first <= a ORDER BY r.first DESC LIMIT 1) AS base ON true
		WHERE z - a + 1 >= many OR base.state = new::text AND base.since >= today
			OR a <= base.first AND base.last <= z;
	END IF;

	IF whole IS NOT NULL THEN
		PERFORM code.rewrite_runs(of_gtin, whole, new, NULL);
		DELETE FROM pub.item AS i USING unnest(whole) AS span
		WHERE i.gtin = of_gtin AND i.counter >= lower(span) AND i.counter < upper(span);
	END IF;

	INSERT INTO pub.item AS i (gtin, counter, state, since, reason)
	SELECT of_gtin, counter, new::text, now(), why FROM unnest(codes) AS counter
	WHERE whole IS NULL OR NOT whole @> counter
	ORDER BY counter
	ON CONFLICT (gtin, counter) DO UPDATE
		SET state = EXCLUDED.state, since = EXCLUDED.since, reason = EXCLUDED.reason;
END $$;

-- How many codes of a range are in which state and lot; `single`: those with a row of their own, which a
-- step of their run does not always take along.
CREATE FUNCTION code.standing(of_gtin bigint, asked int8range)
RETURNS TABLE (state code.state, lot text, single boolean, codes bigint) LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	WITH part AS MATERIALIZED (
		SELECT r.state, coalesce(b.lot, r.lot)::text AS lot, lower(r.counters * asked) AS a,
			upper(r.counters * asked) AS z
		FROM code.run AS r JOIN code.batch AS b ON b.id = r.batch_id
		WHERE r.gtin = of_gtin AND r.counters && asked
	), own AS MATERIALIZED (
		SELECT p.state AS base, p.lot, i.state::code.state AS state, count(*) AS codes
		FROM part AS p CROSS JOIN LATERAL (
			SELECT state FROM pub.item WHERE gtin = of_gtin AND counter >= p.a AND counter < p.z OFFSET 0) AS i
		GROUP BY 1, 2, 3
	)
	SELECT state, lot, single, sum(codes)::bigint FROM (
		SELECT state, lot, false, z - a FROM part
		UNION ALL SELECT base, lot, false, -codes FROM own
		UNION ALL SELECT state, lot, true, codes FROM own) AS t(state, lot, single, codes)
	GROUP BY 1, 2, 3
	HAVING sum(codes) > 0
$$;

-- --- steps ---

DROP FUNCTION code.change_run(bigint, bigint, bigint, code.state, base.words);
DROP FUNCTION code.change_item(bigint, bigint, code.state, base.words);

CREATE FUNCTION code.goes_along(old code.state, new code.state, single boolean, those code.state[])
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE WHEN single THEN code.may_follow_in_run(old, new) ELSE code.may_follow(old, new) END
		AND (those IS NULL OR old = ANY (those))
$$;

-- Takes counters `from_counter` to `to_counter` along, as far as they may; with `those`, the ones in these states
-- alone. Says how many changed, how many were in that state before, how many may not take the step and the
-- states that forbid it.
CREATE FUNCTION code.change_run(of_gtin bigint, from_counter bigint, to_counter bigint,
	new code.state, why base.words DEFAULT NULL, those code.state[] DEFAULT NULL,
	OUT changed bigint, OUT already bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
	asked CONSTANT int8range := int8range(from_counter, to_counter, '[]');
	whole int8multirange;
	named int8multirange;
BEGIN
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);

	SELECT coalesce(sum(s.codes) FILTER (WHERE may), 0), coalesce(sum(s.codes) FILTER (WHERE s.state = new), 0),
		coalesce(sum(s.codes) FILTER (WHERE s.state <> new AND NOT may), 0),
		string_agg(DISTINCT s.state::text, ', ') FILTER (WHERE s.state <> new AND NOT may)
	INTO changed, already, refused, refusing
	FROM code.standing(of_gtin, asked) AS s,
		LATERAL code.goes_along(s.state, new, s.single, those) AS t(may);
	IF changed = 0 THEN RETURN; END IF;

	SELECT range_agg(r.counters * asked) INTO whole FROM code.run AS r
	WHERE r.gtin = of_gtin AND r.counters && asked AND code.goes_along(r.state, new, false, those);
	-- Whom the record names. What was void or destroyed before is not taken out, because nothing
	-- happens to it any more, and there may be thousands of them.
	SELECT coalesce(whole, '{}')
		- coalesce(range_agg(int8range(i.counter, i.counter, '[]')) FILTER (WHERE NOT may), '{}')
		+ coalesce(range_agg(int8range(i.counter, i.counter, '[]')) FILTER (WHERE may), '{}')
	INTO named
	FROM pub.item AS i, LATERAL code.goes_along(i.state::code.state, new, true, those) AS t(may)
	WHERE i.gtin = of_gtin AND i.counter BETWEEN from_counter AND to_counter
		AND i.state NOT IN ('void', 'destroyed');

	IF whole IS NOT NULL THEN
		PERFORM code.rewrite_runs(of_gtin, whole, new, NULL);
	END IF;
	-- Items that now are what their run is.
	IF why IS NULL AND whole IS NOT NULL THEN
		DELETE FROM pub.item AS i
		WHERE i.gtin = of_gtin AND i.counter BETWEEN from_counter AND to_counter AND whole @> i.counter
			AND (code.goes_along(i.state::code.state, new, true, those)
				OR i.state = new::text AND i.reason IS NULL AND i.since >= code.day(now()));
	END IF;
	UPDATE pub.item AS i SET state = new::text, since = now(), reason = why
	WHERE i.gtin = of_gtin AND i.counter BETWEEN from_counter AND to_counter
		AND code.goes_along(i.state::code.state, new, true, those);

	PERFORM code.record_counters(of_gtin, named, new, NULL, why);
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;

-- A code as printed, read (store/code_list.h): its GTIN (NULL: malformed), its counter, and the key and
-- length of the serial, which tell a forged one from the one that was issued; where the serial decodes to
-- no counter, the serial itself, which may be one made elsewhere. In the order asked.
CREATE TYPE code.printed AS (gtin bigint, counter bigint, key_id smallint, serial_length smallint, serial text);
CREATE FUNCTION code.printed_list(gtins bigint[], counters bigint[], key_ids bigint[], lengths bigint[],
	serials text[]) RETURNS code.printed[] LANGUAGE sql IMMUTABLE AS $$
	SELECT coalesce(array_agg(ROW(g, c, k, l, s)::code.printed ORDER BY n), '{}')
	FROM unnest(gtins, counters, key_ids, lengths, serials) WITH ORDINALITY AS t(g, c, k, l, s, n)
$$;

-- The GTINs of the list that are ours, in order.
CREATE FUNCTION code.gtins_of(codes code.printed[]) RETURNS bigint[] LANGUAGE sql STABLE AS $$
	WITH each AS MATERIALIZED (SELECT DISTINCT c.gtin FROM unnest(codes) AS c)
	SELECT coalesce(array_agg(gtin ORDER BY gtin), '{}') FROM each WHERE code.is_ours(gtin)
$$;

-- Where a code stands. `found`: yes, elsewhere (a serial made elsewhere: no counter, no batch), malformed,
-- never_issued, or not_yours, which says nothing else. The place in the batch is counted from 1, as the
-- lines of a list.
CREATE TYPE code.stand AS (line bigint, found text, gtin bigint, counter bigint, serial text, batch_id uuid,
	first bigint, place bigint, quantity bigint, lot text, state code.state, since timestamptz, reason jsonb);

-- The serials of the list that were made elsewhere.
CREATE FUNCTION code.find_elsewhere(codes code.printed[], ours bigint[])
RETURNS TABLE (line bigint, lot text, state code.state, since timestamptz, reason jsonb)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
	RETURN QUERY SELECT c.line, i.lot::text, i.state, i.since, i.reason::jsonb
	FROM unnest(codes) WITH ORDINALITY AS c(gtin, counter, key_id, serial_length, serial, line)
	CROSS JOIN LATERAL (
		SELECT * FROM code.foreign_item AS f WHERE f.gtin = c.gtin AND f.serial = c.serial OFFSET 0) AS i
	WHERE c.counter IS NULL AND c.serial <> '' AND c.gtin = ANY (ours);
END $$;

CREATE FUNCTION code.find(codes code.printed[]) RETURNS SETOF code.stand LANGUAGE sql STABLE SET enable_seqscan = off AS $$
	WITH asked AS MATERIALIZED (
		SELECT * FROM unnest(codes) WITH ORDINALITY AS t(gtin, counter, key_id, serial_length, serial, line)
	), ours AS MATERIALIZED (
		SELECT unnest(code.gtins_of(codes)) AS gtin
	), elsewhere AS MATERIALIZED (
		SELECT * FROM code.find_elsewhere(codes, ARRAY(SELECT gtin FROM ours))
	), held AS MATERIALIZED (
		SELECT a.line, a.gtin, a.counter, a.serial, o.gtin IS NOT NULL AS ours, r.first, r.state, r.since
		FROM asked AS a
		LEFT JOIN ours AS o ON o.gtin = a.gtin
		LEFT JOIN LATERAL (
			SELECT * FROM pub.run AS p WHERE p.gtin = o.gtin AND p.first <= a.counter
			ORDER BY p.first DESC LIMIT 1
		) AS r ON r.last >= a.counter AND r.key_id = a.key_id AND r.serial_length = a.serial_length
	), runs AS MATERIALIZED (
		SELECT d.gtin, d.first, b.id AS batch_id, b.first AS batch_first, b.quantity,
			coalesce(b.lot, r.lot)::text AS lot
		FROM (SELECT DISTINCT h.gtin, h.first FROM held AS h WHERE h.first IS NOT NULL) AS d
		CROSS JOIN LATERAL (
			SELECT n.batch_id, n.lot FROM code.run AS n WHERE n.gtin = d.gtin AND n.counters @> d.first OFFSET 0) AS r
		JOIN code.batch AS b ON b.id = r.batch_id
	)
	SELECT h.line, CASE WHEN h.gtin IS NULL THEN 'malformed' WHEN NOT h.ours THEN 'not_yours'
			WHEN h.first IS NOT NULL THEN 'yes' WHEN e.line IS NOT NULL THEN 'elsewhere' ELSE 'never_issued' END,
		h.gtin, CASE WHEN h.first IS NOT NULL THEN h.counter END, h.serial, runs.batch_id, runs.batch_first,
		h.counter - runs.batch_first + 1, runs.quantity, coalesce(runs.lot, e.lot),
		coalesce(i.state::code.state, h.state::code.state, e.state), coalesce(i.since, h.since, e.since),
		coalesce(i.reason, e.reason)
	FROM held AS h
	LEFT JOIN runs ON runs.gtin = h.gtin AND runs.first = h.first
	LEFT JOIN elsewhere AS e ON e.line = h.line
	LEFT JOIN LATERAL (
		SELECT * FROM pub.item AS p WHERE p.gtin = h.gtin AND p.counter = h.counter AND h.first IS NOT NULL
		OFFSET 0) AS i ON true
$$;

-- The same with their GTINs held to the end of the transaction, as long as they are ours.
CREATE FUNCTION code.hold_and_find(codes code.printed[]) RETURNS code.stand[] LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pub.lock_gtins(code.gtins_of(codes));
	RETURN ARRAY(SELECT f FROM code.find(codes) AS f);
END $$;

-- Puts codes that may take the step there, GTIN by GTIN, writes it down and tells the lookup workers.
CREATE FUNCTION code.put_states(stands code.stand[], new code.state, why base.words) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	part record;
BEGIN
	FOR part IN SELECT s.gtin, array_agg(DISTINCT s.counter) AS codes
		FROM unnest(stands) AS s WHERE s.found = 'yes' GROUP BY s.gtin ORDER BY s.gtin
	LOOP
		PERFORM code.put_state(part.gtin, part.codes, new, why);
	END LOOP;
	FOR part IN SELECT s.gtin, s.first,
			range_agg(int4range((s.counter - s.first)::integer, (s.counter - s.first)::integer, '[]')) AS positions
		FROM unnest(stands) AS s WHERE s.found = 'yes' GROUP BY s.gtin, s.first ORDER BY s.gtin, s.first
	LOOP
		PERFORM code.record(part.gtin, part.first, part.positions, new, NULL, why);
	END LOOP;
	FOR part IN SELECT s.gtin, array_agg(DISTINCT s.serial) AS serials
		FROM unnest(stands) AS s WHERE s.found = 'elsewhere' GROUP BY s.gtin ORDER BY s.gtin
	LOOP
		PERFORM FROM code.change_foreign(part.gtin, part.serials, new, why);
	END LOOP;
	IF cardinality(stands) > 0 THEN
		PERFORM pub.touch(ARRAY(SELECT DISTINCT s.gtin FROM unnest(stands) AS s ORDER BY 1));
	END IF;
END $$;

-- Steps of single codes, a line for each: changed, already, refused (`was` forbids it), never_issued,
-- not_yours, malformed. A code named twice changes once.
CREATE FUNCTION code.take_steps(codes code.printed[], new code.state, why base.words DEFAULT NULL)
RETURNS TABLE (line bigint, result text, was code.state, batch_id uuid, place bigint, lot text)
LANGUAGE plpgsql AS $$
DECLARE
	stands CONSTANT code.stand[] := code.hold_and_find(codes);
BEGIN
	PERFORM code.put_states(ARRAY(
		SELECT s FROM unnest(stands) AS s WHERE code.may_follow(s.state, new)), new, why);
	RETURN QUERY SELECT s.line, CASE
			WHEN s.state IS NULL THEN s.found
			WHEN s.state = new THEN 'already'
			WHEN NOT code.may_follow(s.state, new) THEN 'refused'
			WHEN row_number() OVER (PARTITION BY s.gtin, s.counter, s.serial ORDER BY s.line) > 1 THEN 'already'
			ELSE 'changed' END,
		s.state, s.batch_id, s.place, s.lot
	FROM unnest(stands) AS s ORDER BY s.line;
END $$;

-- --- print check (FEATURES P10) ---

-- When a code was printed, as its record says: within five minutes, from `at` to `until`. Where nobody
-- looked at the printing, the first step that was taken with it.
CREATE FUNCTION code.seen(of_gtin bigint, batch_first bigint, of_counter bigint)
RETURNS TABLE (at timestamptz, until timestamptz) LANGUAGE sql STABLE AS $$
	SELECT e.at, e.until FROM code.event AS e
	WHERE e.gtin = of_gtin AND e.first = batch_first AND e.positions @> (of_counter - batch_first)::integer AND e.state IS NOT NULL
	ORDER BY e.state <> 'printed', e.id LIMIT 1
$$;

-- What the line's camera read, in order; provisioned codes become printed, no other step is taken. Results:
-- printed (now), duplicate (it was printed before: `seen_at`), refused (it is not to be printed: `state`),
-- never_issued, not_yours, malformed.
CREATE FUNCTION code.check_prints(codes code.printed[])
RETURNS TABLE (line bigint, result text, state code.state, batch_id uuid, place bigint, quantity bigint,
	lot text, seen_at timestamptz, seen_until timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	stands CONSTANT code.stand[] := code.hold_and_find(codes);
BEGIN
	PERFORM code.put_states(ARRAY(
		SELECT s FROM unnest(stands) AS s WHERE s.state = 'provisioned'), 'printed', NULL);
	RETURN QUERY
	WITH judged AS (
		SELECT s.*, CASE
			WHEN s.state IS NULL THEN s.found
			WHEN row_number() OVER (PARTITION BY s.gtin, s.counter, s.serial ORDER BY s.line) > 1
				AND s.state NOT IN ('void', 'destroyed', 'blocked') THEN 'duplicate'
			WHEN s.state = 'provisioned' THEN 'printed'
			WHEN s.state IN ('void', 'destroyed', 'blocked') THEN 'refused'
			ELSE 'duplicate' END AS verdict
		FROM unnest(stands) AS s)
	SELECT j.line, j.verdict, CASE WHEN j.state = 'provisioned' THEN 'printed' ELSE j.state END, j.batch_id, j.place,
		j.quantity, j.lot,
		CASE WHEN j.state = 'provisioned' THEN CASE WHEN j.verdict = 'duplicate' THEN now() END ELSE seen.at END,
		CASE WHEN j.state = 'provisioned' THEN CASE WHEN j.verdict = 'duplicate' THEN now() END ELSE seen.until END
	FROM judged AS j
	LEFT JOIN LATERAL code.seen(j.gtin, j.first, j.counter) AS seen
		ON j.found = 'yes' AND j.state <> 'provisioned'
	ORDER BY j.line;
END $$;

-- --- reconcile, close, lots ---

-- The counters of places `from_place` to `to_place` of a batch; NULL: its first, its last. Refused in
-- words of the API: no such batch, or no such places.
CREATE FUNCTION code.places(of_batch uuid, from_place bigint, to_place bigint,
	OUT id uuid, OUT gtin bigint, OUT first bigint, OUT batch_lot text, OUT counters int8range)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	batch code.batch;
	a bigint := coalesce(from_place, 1);
	z bigint;
BEGIN
	SELECT * INTO batch FROM code.batch AS b WHERE b.id = of_batch;
	IF batch.id IS NULL OR NOT code.is_ours(batch.gtin) THEN
		PERFORM code.refuse(404, format('there is no batch %s', of_batch), json_build_object('member', 'batch'));
	END IF;
	z := coalesce(to_place, batch.quantity);
	IF a NOT BETWEEN 1 AND batch.quantity THEN
		PERFORM code.refuse(400, format('from: places of this batch are 1 to %s', batch.quantity),
			json_build_object('member', 'from', 'limit', batch.quantity));
	ELSIF z NOT BETWEEN a AND batch.quantity THEN
		PERFORM code.refuse(400, format('to: places from there are %s to %s', a, batch.quantity),
			json_build_object('member', 'to', 'limit', batch.quantity));
	END IF;
	id := batch.id;
	gtin := batch.gtin;
	first := batch.first;
	batch_lot := batch.lot;
	counters := int8range(batch.first + a - 1, batch.first + z);
END $$;

-- A step of a batch or of some places of it. Where no code may take it: 409, naming the states.
CREATE FUNCTION code.change_batch(of_batch uuid, from_place bigint, to_place bigint, new code.state,
	why base.words DEFAULT NULL, OUT changed bigint, OUT already bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	of record;
	asked int8range;
BEGIN
	SELECT * INTO of FROM code.places(of_batch, from_place, to_place);
	asked := of.counters;
	SELECT * INTO changed, already, refused, refusing
		FROM code.change_run(of.gtin, lower(asked), upper(asked) - 1, new, why);
	IF changed = 0 AND refused > 0 THEN
		PERFORM code.refuse(409, format('state: %s cannot become %s: %s %s', CASE WHEN refused = 1 THEN 'this code'
			ELSE refused || ' codes' END, new, CASE WHEN refused = 1 THEN 'it is' ELSE 'they are' END, refusing),
			json_build_object('member', 'state', 'from', refusing, 'to', new, 'refused', refused));
	END IF;
END $$;

-- The same from one code to another of the same batch, both as printed.
CREATE FUNCTION code.change_between(ends code.printed[], new code.state, why base.words DEFAULT NULL,
	OUT changed bigint, OUT already bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	a code.stand;
	z code.stand;
BEGIN
	SELECT * INTO a FROM code.find(ends) AS f WHERE f.line = 1;
	SELECT * INTO z FROM code.find(ends) AS f WHERE f.line = 2;
	IF a.found = 'not_yours' OR z.found = 'not_yours' THEN
		PERFORM code.refuse(403, 'this key is not for the GTIN of these codes', json_build_object(
			'member', CASE WHEN a.found = 'not_yours' THEN 'first' ELSE 'last' END));
	ELSIF a.batch_id IS NULL OR z.batch_id IS NULL THEN
		PERFORM code.refuse(404, format('%s: this code was never issued',
			CASE WHEN a.batch_id IS NULL THEN 'first' ELSE 'last' END), json_build_object(
			'member', CASE WHEN a.batch_id IS NULL THEN 'first' ELSE 'last' END));
	ELSIF a.batch_id <> z.batch_id OR a.place > z.place THEN
		PERFORM code.refuse(400, 'last: must stand behind `first` in the same batch', json_build_object(
			'member', 'last'));
	END IF;
	SELECT c.changed, c.already, c.refused, c.refusing INTO changed, already, refused, refusing
		FROM code.change_batch(a.batch_id, a.place, z.place, new, why) AS c;
END $$;

-- Words for the public from a request.
CREATE FUNCTION code.words(reason text) RETURNS base.words LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF reason IS NOT NULL AND NOT base.is_text_by_language(reason::jsonb) THEN
		PERFORM code.refuse(400, 'reason: must be texts by language, such as {"en": "Torn"}',
			json_build_object('member', 'reason'));
	END IF;
	RETURN nullif(reason::jsonb, '{}'::jsonb);
END $$;

-- issued = commissioned + consumed + decommissioned + blocked + void + destroyed + provisioned + printed;
-- the last two are open. A row a lot; lot '' for codes without one.
CREATE FUNCTION code.reconcile(of_batch uuid, from_place bigint DEFAULT NULL, to_place bigint DEFAULT NULL)
RETURNS TABLE (lot text, issued bigint, provisioned bigint, printed bigint, commissioned bigint, consumed bigint,
	decommissioned bigint, blocked bigint, void bigint, destroyed bigint)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(s.lot, ''), sum(s.codes)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'provisioned'), 0)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'printed'), 0)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'commissioned'), 0)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'consumed'), 0)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'decommissioned'), 0)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'blocked'), 0)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'void'), 0)::bigint,
		coalesce(sum(s.codes) FILTER (WHERE s.state = 'destroyed'), 0)::bigint
	FROM code.places(of_batch, from_place, to_place) AS p, code.standing(p.gtin, p.counters) AS s
	GROUP BY s.lot ORDER BY s.lot NULLS FIRST
$$;

-- Nothing more comes from these places: what is open becomes void. Once.
CREATE FUNCTION code.close_batch(of_batch uuid, from_place bigint DEFAULT NULL, to_place bigint DEFAULT NULL,
	OUT voided bigint, OUT closed_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
	of record;
	asked int8range;
	places int4range;
	before record;
BEGIN
	SELECT * INTO of FROM code.places(of_batch, from_place, to_place);
	asked := of.counters;
	PERFORM pub.lock_gtins(ARRAY[of.gtin]);
	places := int4range((lower(asked) - of.first)::integer, (upper(asked) - of.first)::integer);
	SELECT max(c.at) AS at, (array_agg(c.by ORDER BY c.id DESC))[1] AS hand INTO before FROM code.closing AS c
		WHERE c.batch_id = of.id AND c.positions && places
		HAVING range_agg(c.positions) @> places;
	IF before.at IS NOT NULL THEN
		PERFORM code.refuse(409, format('batch: closed already, at %s by %s',
			to_char(before.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), before.hand),
			json_build_object('member', 'batch', 'closed_at',
				to_char(before.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')));
	END IF;
	SELECT changed INTO voided FROM code.change_run(of.gtin, lower(asked), upper(asked) - 1, 'void', NULL,
		'{provisioned,printed}');
	INSERT INTO code.closing (gtin, batch_id, positions, voided, by)
		VALUES (of.gtin, of.id, places, voided, code.actor()) RETURNING at INTO closed_at;
END $$;

-- Gives a lot to codes of a batch that have none; those that have it count as `already`. With another
-- lot among them nothing is done: 409, naming both.
CREATE FUNCTION code.give_lot(of_batch uuid, from_place bigint, to_place bigint, new_lot base.lot,
	OUT changed bigint, OUT already bigint)
LANGUAGE plpgsql AS $$
DECLARE
	of record;
	asked int8range;
	whole int8multirange;
	other text;
BEGIN
	SELECT * INTO of FROM code.places(of_batch, from_place, to_place);
	asked := of.counters;
	PERFORM pub.lock_gtins(ARRAY[of.gtin]);
	SELECT range_agg(r.counters * asked) FILTER (WHERE of.batch_lot IS NULL AND r.lot IS NULL),
		string_agg(DISTINCT coalesce(of.batch_lot, r.lot), ', ') FILTER (WHERE coalesce(of.batch_lot, r.lot) <> new_lot)
	INTO whole, other
	FROM code.run AS r WHERE r.gtin = of.gtin AND r.counters && asked;
	IF other IS NOT NULL THEN
		PERFORM code.refuse(409, format('lot: these codes are of lot %s, not of lot %s', other, new_lot),
			json_build_object('member', 'lot', 'from', other, 'to', new_lot));
	END IF;
	SELECT coalesce(sum(upper(span) - lower(span)), 0) INTO changed FROM unnest(whole) AS span;
	already := upper(asked) - lower(asked) - changed;
	IF changed > 0 THEN
		PERFORM code.rewrite_runs(of.gtin, whole, NULL, new_lot);
		PERFORM code.record_counters(of.gtin, whole, NULL, new_lot, NULL);
		PERFORM pub.touch(ARRAY[of.gtin]);
	END IF;
END $$;

-- What happened to one code, in order. Steps of its batch after its end were not its own.
CREATE FUNCTION code.story(of_gtin bigint, batch_first bigint, of_counter bigint)
RETURNS TABLE (state code.state, lot text, at timestamptz, until timestamptz, by text, reason jsonb)
LANGUAGE sql STABLE AS $$
	WITH own AS (
		SELECT e.*, min(e.id) FILTER (WHERE e.state IN ('void', 'destroyed')) OVER () AS end_id FROM code.event AS e
		WHERE e.gtin = of_gtin AND e.first = batch_first AND e.positions @> (of_counter - batch_first)::integer)
	SELECT o.state, o.lot::text, o.at, o.until, o.by, o.reason::jsonb FROM own AS o
	WHERE o.state IS NULL OR o.end_id IS NULL OR o.id <= o.end_id
	ORDER BY o.id
$$;

-- The same of a code that code.find() found, wherever it was made.
CREATE FUNCTION code.story_of(kind text, of_gtin bigint, batch_first bigint, of_counter bigint, of_serial text)
RETURNS TABLE (state code.state, lot text, at timestamptz, until timestamptz, by text, reason jsonb, n bigint)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF kind = 'yes' THEN
		RETURN QUERY SELECT s.* FROM code.story(of_gtin, batch_first, of_counter) WITH ORDINALITY AS s;
	ELSIF kind = 'elsewhere' THEN
		RETURN QUERY SELECT e.state, NULL::text, e.at, e.at, e.by, e.reason::jsonb, e.id FROM code.foreign_event AS e
			WHERE e.gtin = of_gtin AND e.serial = of_serial;
	END IF;
END $$;
