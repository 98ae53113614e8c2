-- lookup_foreign: lookup; $1 gtin, $2 serial
-- What is known of a serial made elsewhere: one row when the GTIN is known, with the epoch of the same
-- snapshot.
SELECT
	g.issued,
	g.epoch,
	g.has_foreign::integer::bigint,
	i.lot_handle,
	i.state,
	to_char(i.since AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS since,
	i.reason::text,
	coalesce(s.visits, 0) AS visits,
	to_char(s.first_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS first_seen,
	coalesce(s.pin_tries, 0)::bigint AS pin_tries,
	to_char(s.pin_opened AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS pin_opened
FROM pub.gtin AS g
LEFT JOIN pub.foreign_item AS i ON i.gtin = g.gtin AND i.serial = $2::text
LEFT JOIN pub.seen AS s ON s.gtin = g.gtin AND s.serial = $2::text
WHERE g.gtin = $1::bigint
