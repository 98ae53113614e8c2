-- brand_list: operator
SELECT b.slug, b.name, b.contact, coalesce(b.accent, ''),
	(SELECT count(*) FROM trace.gtin_owner AS o WHERE o.brand_id = b.id),
	b.motto, b.about, coalesce(encode(b.logo, 'hex'), ''), b.time_zone
FROM trace.brand AS b
ORDER BY b.slug
