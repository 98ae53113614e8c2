-- A code that was blocked by itself, stolen perhaps, is not put back into use by a step of its batch.

-- The steps a code with a state of its own takes along with its run: no block is lifted.
CREATE FUNCTION code.may_follow_in_run(old code.state, new code.state) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
	SELECT code.may_follow(old, new) AND NOT (old = 'blocked' AND new IN ('commissioned', 'consumed'))
$$;

-- Runs `from_counter` to `to_counter` and the single items among them. A run is cut at the edges; pieces
-- of one batch that touch, with the same state since the same day, become one. pub.run has the
-- same rows as code.run.
CREATE OR REPLACE FUNCTION code.change_run(of_gtin bigint, from_counter bigint, to_counter bigint,
	new code.state, why base.words DEFAULT NULL,
	OUT changed bigint, OUT refused bigint, OUT refusing text)
LANGUAGE plpgsql AS $$
DECLARE
	asked int8range := int8range(from_counter, to_counter, '[]');
BEGIN
	PERFORM pub.lock_gtins(ARRAY[of_gtin]);

	SELECT coalesce(sum(n) FILTER (WHERE state <> new AND may), 0),
		coalesce(sum(n) FILTER (WHERE state <> new AND NOT may), 0),
		string_agg(DISTINCT state::text, ', ') FILTER (WHERE n > 0 AND state <> new AND NOT may)
	INTO changed, refused, refusing
	FROM (
		SELECT r.state, code.may_follow(r.state, new), upper(r.counters * asked) - lower(r.counters * asked)
			- (SELECT count(*) FROM code.item AS i WHERE i.gtin = of_gtin AND i.counter <@ (r.counters * asked))
		FROM code.run AS r WHERE r.gtin = of_gtin AND r.counters && asked
		UNION ALL
		SELECT state, code.may_follow_in_run(state, new), count(*) FROM code.item
		WHERE gtin = of_gtin AND counter BETWEEN from_counter AND to_counter
		GROUP BY state) AS t(state, may, n);
	IF changed = 0 THEN RETURN; END IF;

	WITH hit AS (
		DELETE FROM code.run
		WHERE gtin = of_gtin AND counters && int8range(greatest(from_counter, 1) - 1, to_counter + 1, '[]')
		RETURNING counters, batch_id, state, since
	), gone AS (
		DELETE FROM pub.run AS p USING hit WHERE p.gtin = of_gtin AND p.first = lower(hit.counters)
		RETURNING p.first
	), piece AS (
		SELECT batch_id, counters * int8range(NULL, from_counter) AS counters, state, since FROM hit
		UNION ALL
		SELECT batch_id, counters * asked,
			CASE WHEN code.may_follow(state, new) THEN new ELSE state END,
			CASE WHEN code.may_follow(state, new) THEN now() ELSE since END FROM hit
		UNION ALL
		SELECT batch_id, counters * int8range(to_counter + 1, NULL), state, since FROM hit
	), edge AS (
		SELECT *, counters -|- lag(counters) OVER near
			AND batch_id = lag(batch_id) OVER near AND state = lag(state) OVER near
			AND date_trunc('day', since, 'UTC') = date_trunc('day', lag(since) OVER near, 'UTC') AS same
		FROM piece WHERE NOT isempty(counters)
		WINDOW near AS (ORDER BY lower(counters))
	), island AS (
		SELECT *, count(*) FILTER (WHERE same IS NOT TRUE) OVER (ORDER BY lower(counters)) AS number FROM edge
	), merged AS (
		SELECT int8range(min(lower(counters)), max(upper(counters))) AS counters,
			min(batch_id::text)::uuid AS batch_id, min(state) AS state, min(since) AS since
		FROM island GROUP BY number
	), put AS (
		INSERT INTO code.run (gtin, counters, batch_id, state, since)
		SELECT of_gtin, counters, batch_id, state, since FROM merged
	)
	INSERT INTO pub.run (gtin, first, last, key_id, serial_length, lot_handle, state, since)
	SELECT of_gtin, lower(m.counters), upper(m.counters) - 1, b.key_id, b.serial_length,
		trace.lot_handle(of_gtin, b.lot), m.state::text, m.since
	FROM merged AS m JOIN code.batch AS b ON b.id = m.batch_id
	-- Every old row is gone before the first new one comes.
	WHERE (SELECT count(*) FROM gone) >= 0;

	WITH item AS (
		UPDATE code.item SET state = new, since = now(), reason = why
		WHERE gtin = of_gtin AND counter BETWEEN from_counter AND to_counter
			AND code.may_follow_in_run(state, new)
		RETURNING counter
	)
	UPDATE pub.item AS p SET state = new::text, since = now(), reason = why
	FROM item WHERE p.gtin = of_gtin AND p.counter = item.counter;

	INSERT INTO code.event (gtin, counters, state, reason) VALUES (of_gtin, asked, new, why);
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;
