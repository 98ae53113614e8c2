-- photo_list: operator; $1 slug of a brand, or NULL
SELECT lpad(p.gtin::text, 14, '0'), encode(p.sha256, 'hex'), p.width, p.height, length(p.bytes),
	to_char(p.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), p.source,
	'product.photo' = ANY (trace.visible(p.brand_id, p.gtin))
FROM trace.photo_now AS p JOIN trace.brand AS b ON b.id = p.brand_id
WHERE $1::text IS NULL OR b.slug = $1
ORDER BY p.gtin
