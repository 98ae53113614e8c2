-- lookup_foreign: lookup; $1 gtin, $2 serial
-- What is known of a serial made elsewhere: one row when the GTIN is known, with the epoch of the same
-- snapshot.
SELECT
	g.issued,
	g.epoch,
	g.has_foreign::integer::bigint,
	i.lot_handle,
	coalesce(h.effect, i.state) AS state,
	coalesce(h.since, i.since) AS since,
	CASE WHEN h.effect IS NULL THEN i.reason ELSE h.reason END::text AS reason,
	coalesce(s.visits, 0) AS visits,
	s.first_at,
	coalesce(s.pin_tries, 0)::bigint AS pin_tries,
	s.pin_opened
FROM pub.gtin AS g
LEFT JOIN pub.foreign_item AS i ON i.gtin = g.gtin AND i.serial = $2::text
LEFT JOIN LATERAL (
	SELECT halt.effect, halt.since, halt.reason
	FROM (
		(SELECT p.halt_id FROM pub.halt_part AS p
		WHERE p.gtin = g.gtin AND p.serial = i.serial AND p.serial IS NOT NULL LIMIT 100)
		UNION ALL
		(SELECT p.halt_id FROM pub.halt_part AS p
		WHERE p.gtin = g.gtin AND p.lot_handle = i.lot_handle AND i.lot_handle <> '' AND p.lot_handle IS NOT NULL LIMIT 100)
	) AS over
	CROSS JOIN LATERAL (
		SELECT one.effect, one.since, one.reason, one.halt_id FROM pub.halt AS one
		WHERE one.halt_id = over.halt_id LIMIT 1
	) AS halt
	WHERE g.has_halts AND i.serial IS NOT NULL AND CASE halt.effect WHEN 'recalled' THEN true
		WHEN 'held' THEN i.state IN ('provisioned', 'printed', 'commissioned', 'consumed')
		ELSE i.state = 'commissioned' END
	ORDER BY halt.effect <> 'recalled', halt.effect <> 'held', halt.since DESC, halt.halt_id DESC
	LIMIT 1
) AS h ON true
LEFT JOIN pub.seen AS s ON s.gtin = g.gtin AND s.serial = $2::text
WHERE g.gtin = $1::bigint
