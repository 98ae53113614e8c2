-- labels_designs: operator; $1 slug of a brand, or NULL
-- All designs that are offered, by brand and name.
SELECT d.id::text, b.slug, d.name, v.version::bigint,
	coalesce(CASE WHEN v.document ? 'grid' THEN format('%s x %s', v.document -> 'grid' -> 'columns', v.document -> 'grid' -> 'rows') END,
		v.document ->> 'label', v.document ->> 'sheet', v.document ->> 'format', 'pdf'),
	to_char(v.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), v.made_by
FROM code.label_design AS d JOIN trace.brand AS b ON b.id = d.brand_id, code.design_now(d.id) AS v
WHERE d.ended_at IS NULL AND ($1::text IS NULL OR b.slug = $1)
ORDER BY b.slug, d.name, d.id
