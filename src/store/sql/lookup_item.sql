-- lookup_item: lookup; $1 gtin, $2 counter, $3 serial
-- Whether a counter is one of ours, and what is known of that very item: one row when the GTIN is
-- known, with the epoch of the same snapshot, so that stale documents show.
SELECT
	g.issued,
	g.epoch,
	r.key_id::bigint,
	r.serial_length::bigint,
	r.lot_handle,
	coalesce(i.state, r.state) AS state,
	to_char(coalesce(i.since, r.since) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS since,
	i.reason::text,
	g.has_foreign::integer::bigint,
	CASE WHEN g.pin_from <= $2::bigint THEN g.pin_digits ELSE 0 END::bigint AS pin_digits,
	coalesce(s.visits, 0) AS visits,
	to_char(s.first_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS first_seen,
	coalesce(s.pin_tries, 0)::bigint AS pin_tries,
	to_char(s.pin_opened AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS pin_opened
FROM pub.gtin AS g
LEFT JOIN LATERAL (
	SELECT run.last, run.key_id, run.serial_length, run.lot_handle, run.state, run.since
	FROM pub.run AS run
	WHERE run.gtin = g.gtin AND run.first <= $2::bigint
	ORDER BY run.first DESC
	LIMIT 1
) AS r ON r.last >= $2::bigint
LEFT JOIN pub.item AS i ON i.gtin = g.gtin AND i.counter = $2::bigint
LEFT JOIN pub.seen AS s ON s.gtin = g.gtin AND s.serial = $3::text
WHERE g.gtin = $1::bigint
