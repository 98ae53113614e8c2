-- brand_set: operator; $1 slug, $2 what changes, as trace.look_of() reads it, $3 time zone, or NULL: as it is
-- What is named takes the place of what was there; the rest stays. Refused as the console refuses it.
UPDATE trace.brand AS b
SET name = l.name, contact = l.contact, accent = l.accent, motto = l.motto, about = l.about,
	time_zone = coalesce($3::text, was.time_zone)
FROM trace.brand AS was, trace.look_of(was, $2::jsonb) AS l
WHERE was.slug = $1 AND b.id = was.id
RETURNING b.id
