-- labels_design: operator; $1 batch id, $2 design id or name
-- The newest version of the design of the brand that owns the batch's GTIN, with its id, name and version pinned;
-- no row: that brand has none.
SELECT (v.document || jsonb_build_object('design', coalesce(v.document -> 'design', '{}') || jsonb_build_object(
	'id', d.id, 'name', d.name, 'version', v.version)))::text
FROM code.batch AS b
JOIN trace.gtin_owner AS o ON o.gtin = b.gtin
JOIN code.label_design AS d ON d.brand_id = o.brand_id AND d.ended_at IS NULL,
	code.design_now(d.id) AS v
WHERE b.id = $1::text::uuid AND $2::text IN (d.id::text, d.name)
ORDER BY d.id::text = $2::text DESC
LIMIT 1
