-- console_look_preview: console; $1 the draft of a look, as JSON
-- The public documents of a real product and one of its lots, under a look that nobody has saved.
SELECT trace.brand_document(trace.look_of(b, $1::text::jsonb))::text, coalesce(p.document::text, ''),
	coalesce(l.document::text, ''), coalesce(lpad(p.gtin::text, 14, '0'), ''),
	(SELECT string_agg(h.field, E'\n') FROM pub.hide AS h WHERE h.brand_id = b.id AND h.gtin IN (0, p.gtin))
FROM trace.brand AS b
LEFT JOIN LATERAL (SELECT d.gtin, d.document FROM pub.product AS d ORDER BY d.gtin LIMIT 1) AS p ON true
LEFT JOIN LATERAL (SELECT d.document FROM pub.lot AS d WHERE d.gtin = p.gtin ORDER BY d.lot_handle LIMIT 1) AS l ON true
WHERE b.id = base.session_brand()
