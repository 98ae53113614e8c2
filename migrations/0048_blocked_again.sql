-- A code that had left a blocked run, and is blocked again with that run, is blocked as its run is: in a row of its own
-- it would be blocked by itself, and no step of a run lifts that. And one that was blocked by itself stays so when its run
-- is blocked later that day. Replaces code.change_run() of 0010.
CREATE OR REPLACE FUNCTION code.change_run(of_gtin bigint, from_counter bigint, to_counter bigint,
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
	-- Items that now are what their run is, since when that is. What is blocked by itself stays so.
	IF why IS NULL THEN
		DELETE FROM pub.item AS i
		WHERE i.gtin = of_gtin AND i.counter BETWEEN from_counter AND to_counter AND CASE
			WHEN new = 'blocked' THEN code.goes_along(i.state::code.state, new, true, those) AND EXISTS (
				SELECT FROM code.run AS r WHERE r.gtin = of_gtin AND r.counters && asked AND r.counters @> i.counter
					AND r.state = new)
			ELSE whole @> i.counter AND (code.goes_along(i.state::code.state, new, true, those)
				OR i.state = new::text AND i.reason IS NULL AND i.since >= code.day(now())) END;
	END IF;
	UPDATE pub.item AS i SET state = new::text, since = now(), reason = why
	WHERE i.gtin = of_gtin AND i.counter BETWEEN from_counter AND to_counter
		AND code.goes_along(i.state::code.state, new, true, those);

	PERFORM code.record_counters(of_gtin, named, new, NULL, why);
	PERFORM pub.touch(ARRAY[of_gtin]);
END $$;
