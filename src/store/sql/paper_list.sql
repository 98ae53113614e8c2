-- paper_list: operator; $1 slug of a brand, or NULL, $2 GTIN, or 0 for any
SELECT d.id, lpad(d.gtin::text, 14, '0'), d.lot, d.code, d.kind, d.title::text, coalesce(d.issuer::text, 'null'),
	coalesce(d.issued_on::text, ''), coalesce(d.media_type, ''), coalesce(encode(d.sha256, 'hex'), ''),
	coalesce(length(f.bytes), 0)::bigint,
	to_char(d.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	(SELECT CASE WHEN NOT 'document.title' = ANY (v) THEN 'no'
		WHEN 'document.file' = ANY (v) THEN 'file' ELSE 'entry' END FROM trace.visible(d.brand_id, d.gtin) AS v)
FROM trace.document_now AS d
JOIN trace.brand AS b ON b.id = d.brand_id
LEFT JOIN trace.paper_file AS f ON f.brand_id = d.brand_id AND f.sha256 = d.sha256
WHERE ($1::text IS NULL OR b.slug = $1) AND ($2::bigint = 0 OR d.gtin = $2::bigint)
ORDER BY d.gtin, d.lot, d.id
