-- brand_same: operator; $1 slug, $2 how it appears, as trace.look_of() reads it, $3 its time zone, or NULL: UTC
-- Whether the brand of this name appears so already, and no other than so.
SELECT EXISTS (SELECT FROM trace.brand AS b, trace.look_of(b, $2::jsonb) AS l
	WHERE b.slug = $1 AND b.time_zone = coalesce($3::text, 'UTC') AND (b.name, b.contact, b.accent, b.motto, b.about)
			IS NOT DISTINCT FROM (l.name, l.contact, l.accent, l.motto, l.about)
		AND b.name = (SELECT jsonb_object_agg(substr(k, 6), v) FROM jsonb_each_text($2::jsonb) AS t (k, v) WHERE k LIKE 'name.%'))
