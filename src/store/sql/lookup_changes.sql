-- lookup_changes: lookup; $1 watermark
-- The GTINs changed since a snapshot, and the watermark to ask with next time: every transaction
-- below it had ended, so its rows were seen. One row with no GTIN when nothing changed. Rows of
-- transactions that were under way come twice; reading them again changes nothing.
SELECT
	s.xmin::text::bigint AS watermark,
	g.gtin,
	g.issued,
	g.epoch,
	g.has_foreign::integer::bigint,
	g.redirects::integer::bigint
FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin) AS s
LEFT JOIN pub.gtin AS g ON g.tx >= $1::bigint::text::xid8
