-- lookup_documents: lookup; $1 gtin, $2 handle of the lot, or ''
-- All that the items of a lot share, in one snapshot. A recall of the lot itself outranks one of
-- the whole GTIN, whose reason is the more general.
SELECT
	g.epoch,
	b.document::text AS brand,
	p.document::text AS product,
	l.document::text AS lot,
	(
		SELECT string_agg(h.field, E'\n')
		FROM pub.hide AS h
		WHERE h.brand_id = g.brand_id AND h.gtin IN (0, g.gtin)
	) AS hidden,
	r.reason::text AS recall_reason,
	to_char(r.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS recall_since,
	pub.best_until(l.document ->> 'best_before', coalesce(b.time_zone, 'UTC')) AS best_until
FROM pub.gtin AS g
LEFT JOIN pub.brand AS b ON b.brand_id = g.brand_id
LEFT JOIN pub.product AS p ON p.gtin = g.gtin
LEFT JOIN pub.lot AS l ON l.gtin = g.gtin AND l.lot_handle = $2::text
LEFT JOIN LATERAL (
	SELECT recall.reason, recall.started_at
	FROM pub.recall AS recall
	WHERE recall.gtin = g.gtin AND recall.lot_handle IN ('', $2::text)
	ORDER BY recall.lot_handle = '', recall.started_at
	LIMIT 1
) AS r ON true
WHERE g.gtin = $1::bigint
