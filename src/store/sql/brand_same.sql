-- brand_same: operator; $1 slug, $2 names, $3 contact, $4 accent or NULL
SELECT EXISTS (SELECT FROM trace.brand
	WHERE slug = $1 AND name = $2::jsonb AND contact = $3::jsonb AND accent IS NOT DISTINCT FROM $4)
