-- lookup_items: lookup; $1 GTINs, $2 counters, $3 serials, each a question
-- Whether counters are ours, and what is known of those very items: a row for each question whose GTIN is
-- known, with its number and the epoch of the same snapshot, so that stale documents show. A LIMIT keeps
-- the plan from reading a whole table for a few questions, however small it was when the plan was made.
-- What a recall or hold of that very code says stands in place of its state (migrations/0025_recall.sql,
-- trace.halt_effect); only where the GTIN is marked is it looked for, and outside of what is sorted: beginning
-- to sort costs as much as finding a row.
SELECT
	q.n,
	g.issued,
	g.epoch,
	r.key_id::bigint,
	r.serial_length::bigint,
	r.lot_handle,
	coalesce(h.effect, i.state, r.state) AS state,
	coalesce(h.since, i.since, r.since) AS since,
	CASE WHEN h.effect IS NULL THEN i.reason ELSE h.reason END::text AS reason,
	g.has_foreign::integer::bigint,
	CASE WHEN g.pin_from <= q.counter THEN g.pin_digits ELSE 0 END::bigint AS pin_digits,
	coalesce(s.visits, 0) AS visits,
	s.first_at,
	coalesce(s.pin_tries, 0)::bigint AS pin_tries,
	s.pin_opened
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS q (gtin, counter, serial, n)
JOIN LATERAL (
	SELECT gtin.issued, gtin.epoch, gtin.has_foreign, gtin.pin_from, gtin.pin_digits, gtin.has_halts
	FROM pub.gtin AS gtin
	WHERE gtin.gtin = q.gtin
	LIMIT 1
) AS g ON true
LEFT JOIN LATERAL (
	SELECT run.last, run.key_id, run.serial_length, run.lot_handle, run.state, run.since
	FROM pub.run AS run
	WHERE run.gtin = q.gtin AND run.first <= q.counter
	ORDER BY run.first DESC
	LIMIT 1
) AS r ON r.last >= q.counter
LEFT JOIN LATERAL (
	SELECT item.state, item.since, item.reason
	FROM pub.item AS item
	WHERE item.gtin = q.gtin AND item.counter = q.counter
	LIMIT 1
) AS i ON true
LEFT JOIN LATERAL (
	SELECT said.effect, said.since, said.reason
	FROM (SELECT WHERE g.has_halts AND r.last IS NOT NULL LIMIT 1) AS marked
	CROSS JOIN LATERAL (
		SELECT halt.effect, halt.since, halt.reason
		FROM (
			(SELECT p.halt_id FROM pub.halt_part AS p
			WHERE p.gtin = q.gtin AND p.counters @> q.counter AND p.counters IS NOT NULL LIMIT 100)
			UNION ALL
			(SELECT p.halt_id FROM pub.halt_part AS p
			WHERE p.gtin = q.gtin AND p.lot_handle = r.lot_handle AND r.lot_handle <> '' AND p.lot_handle IS NOT NULL LIMIT 100)
		) AS over
		CROSS JOIN LATERAL (
			SELECT one.effect, one.since, one.reason, one.halt_id FROM pub.halt AS one
			WHERE one.halt_id = over.halt_id LIMIT 1
		) AS halt
		WHERE CASE halt.effect WHEN 'recalled' THEN true
			WHEN 'held' THEN coalesce(i.state, r.state) IN ('provisioned', 'printed', 'commissioned', 'consumed')
			ELSE coalesce(i.state, r.state) = 'commissioned' END
		ORDER BY halt.effect <> 'recalled', halt.effect <> 'held', halt.since DESC, halt.halt_id DESC
		LIMIT 1
	) AS said
) AS h ON true
LEFT JOIN LATERAL (
	SELECT seen.visits, seen.first_at, seen.pin_tries, seen.pin_opened
	FROM pub.seen AS seen
	WHERE seen.gtin = q.gtin AND seen.serial = q.serial
	LIMIT 1
) AS s ON true
