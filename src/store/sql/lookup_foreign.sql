-- lookup_foreign: lookup; $1 gtin, $2 serial
-- What is known of a serial made elsewhere: one row when the GTIN is known, with the epoch of the same
-- snapshot.
SELECT
	g.issued,
	g.epoch,
	g.has_foreign::integer::bigint,
	i.lot_handle,
	i.state,
	i.since,
	i.reason::text,
	coalesce(s.visits, 0) AS visits,
	s.first_at,
	coalesce(s.pin_tries, 0)::bigint AS pin_tries,
	s.pin_opened
FROM pub.gtin AS g
LEFT JOIN pub.foreign_item AS i ON i.gtin = g.gtin AND i.serial = $2::text
LEFT JOIN pub.seen AS s ON s.gtin = g.gtin AND s.serial = $2::text
WHERE g.gtin = $1::bigint
