-- Counting visits in fewer steps a visit.

-- As in 0034, replacing it: arrays become rows together, not each for itself and then side by side, and whether
-- somebody owns a GTIN is asked once a GTIN.
CREATE OR REPLACE FUNCTION inbox.roll_up(most integer, apart interval) RETURNS bigint
LANGUAGE plpgsql SET enable_nestloop = off SET enable_seqscan = off AS $$
DECLARE
	result bigint;
	sums code.check_sum[];
BEGIN
	IF NOT pg_try_advisory_xact_lock('inbox.scan'::regclass::oid::bigint) THEN RETURN NULL; END IF;
	WITH taken AS (
		DELETE FROM inbox.scan WHERE id <= (
			SELECT max(id) FROM (
				SELECT id, sum(looks) OVER (ORDER BY id) - looks AS before
				FROM (SELECT id, looks FROM inbox.scan ORDER BY id LIMIT most) AS first
			) AS summed WHERE before < most)
		RETURNING *
	), owned AS MATERIALIZED (
		SELECT d.gtin FROM (SELECT DISTINCT g.gtin FROM taken AS t, unnest(t.gtin) AS g (gtin)) AS d
		JOIN LATERAL (SELECT FROM trace.gtin_owner AS o WHERE o.gtin = d.gtin LIMIT 1) AS o ON true
	), looks AS (
		SELECT least(u.at - u.age * interval '1 ms', now()) AS at, u.gtin, u.serial, u.lot_handle,
			u.kind, u.country, u.times, u.kind = 'visit' AS is_visit,
			inbox.who(u.gtin, u.serial, u.visitor) AS who
		FROM (SELECT at, unnest(age) AS age, unnest(gtin) AS gtin, unnest(serial) AS serial,
				unnest(lot_handle) AS lot_handle, unnest(visitor) AS visitor, unnest(kind) AS kind,
				unnest(country) AS country, unnest(times) AS times FROM taken) AS u
		JOIN owned AS o ON o.gtin = u.gtin
		WHERE length(u.serial) <= 20 AND length(u.lot_handle) <= 20
			AND (u.country = '' OR u.country ~ '^[A-Z]{2}$')
			AND CASE u.kind WHEN 'visit' THEN u.serial <> '' AND u.visitor IS NOT NULL AND u.times = 1
				ELSE u.kind IN ('never_issued', 'mistyped', 'robot') AND u.times BETWEEN 1 AND 1000000 END
			AND u.age IS NOT NULL
	), known AS (
		SELECT l.gtin, l.serial, l.lot_handle, l.country, l.at, l.who,
			l.at - lag(l.at) OVER (PARTITION BY l.who ORDER BY l.at) AS after
		FROM looks AS l WHERE l.is_visit
	), counted AS (
		SELECT k.gtin, k.serial, k.lot_handle, k.country, k.at, k.who, r.at IS NULL AS is_unknown
		FROM known AS k
		LEFT JOIN LATERAL (SELECT at FROM inbox.recent WHERE who = k.who LIMIT 1) AS r ON true
		WHERE (k.after IS NULL OR k.after >= apart)
			AND (r.at IS NULL OR r.at NOT BETWEEN k.at - apart AND k.at + apart)
	), met AS (
		INSERT INTO inbox.recent (who, at)
		SELECT who, max(at) FROM counted WHERE is_unknown GROUP BY who ORDER BY who
	), met_again AS (
		INSERT INTO inbox.recent AS r (who, at)
		SELECT who, max(at) FROM counted WHERE NOT is_unknown GROUP BY who
		ON CONFLICT (who) DO UPDATE SET at = greatest(r.at, EXCLUDED.at)
	), items AS (
		SELECT c.gtin, c.serial, c.lot_handle, c.country, c.first_at, c.last_at, c.visits
		FROM (SELECT gtin, serial, lot_handle, country, at AS first_at,
				row_number() OVER item AS nth, count(*) OVER (item RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS visits,
				max(at) OVER (item RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last_at
			FROM counted WINDOW item AS (PARTITION BY gtin, serial ORDER BY at)) AS c
		WHERE c.nth = 1
	), seen AS (
		INSERT INTO pub.seen AS s (gtin, serial, visits, first_at)
		SELECT gtin, serial, visits, first_at FROM items ORDER BY gtin, serial
		ON CONFLICT (gtin, serial) DO UPDATE
		SET visits = s.visits + EXCLUDED.visits, first_at = least(s.first_at, EXCLUDED.first_at)
		RETURNING s.gtin, s.serial, s.visits
	), told AS (
		SELECT i.gtin, i.serial, i.lot_handle, i.country, i.first_at, i.last_at, s.visits, i.visits AS added,
			s.visits = i.visits AS is_new
		FROM items AS i JOIN seen AS s ON s.gtin = i.gtin AND s.serial = i.serial
	), often AS (
		INSERT INTO code.check_often AS o (gtin, serial, visits, last_at)
		SELECT gtin, serial, visits, last_at FROM told WHERE visits >= 3
		ON CONFLICT (gtin, serial) DO UPDATE
		SET visits = EXCLUDED.visits, last_at = greatest(o.last_at, EXCLUDED.last_at)
	), watched AS (
		INSERT INTO trace.halt_check AS c (gtin, serial, halt_id, visits)
		SELECT t.gtin, t.serial, h.id, t.added
		FROM trace.halt AS h JOIN told AS t ON t.gtin = ANY (h.watched)
		WHERE h.state = 'running' AND h.watched IS NOT NULL
		ON CONFLICT (gtin, serial, halt_id) DO UPDATE SET visits = c.visits + EXCLUDED.visits
	), new_sums AS (
		SELECT gtin, date_bin('15 minutes', at, '2000-01-01 00:00Z') AS quarter, lot_handle, country, kind,
			sum(times)::bigint AS times, sum(firsts)::bigint AS firsts
		FROM (SELECT gtin, at, lot_handle, country, 'visit' AS kind, 1 AS times, 0 AS firsts FROM counted
			UNION ALL SELECT gtin, first_at, lot_handle, country, 'visit', 0, 1 FROM told WHERE is_new
			UNION ALL SELECT gtin, at, lot_handle, country, kind, times, 0 FROM looks WHERE NOT is_visit) AS c
		GROUP BY 1, 2, 3, 4, 5
	), summed AS (
		INSERT INTO code.check_count AS c (gtin, quarter, lot_handle, country, kind, times, firsts)
		SELECT gtin, quarter, lot_handle, country, kind, times, firsts FROM new_sums
		ON CONFLICT (gtin, quarter, lot_handle, country, kind)
		DO UPDATE SET times = c.times + EXCLUDED.times, firsts = c.firsts + EXCLUDED.firsts
	)
	SELECT (SELECT coalesce(sum(looks), 0) FROM taken),
		(SELECT array_agg((n.*)::code.check_sum) FROM new_sums AS n)
	INTO result, sums;
	PERFORM code.add_checks(sums) WHERE sums IS NOT NULL;
	RETURN result;
END $$;
