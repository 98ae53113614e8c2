-- lookup_gtins: lookup; $1 after, $2 most
-- A piece of the whole list, in order, for the memory of a worker that starts.
SELECT
	g.gtin,
	g.issued,
	g.epoch,
	g.has_foreign::integer::bigint,
	g.redirects::integer::bigint
FROM pub.gtin AS g
WHERE g.gtin > $1::bigint
ORDER BY g.gtin
LIMIT $2::bigint
