-- brand_add: operator; $1 slug, $2 how it appears, as trace.look_of() reads it, $3 its time zone, or NULL: UTC
-- No row: there is one of this name.
INSERT INTO trace.brand (slug, name, time_zone)
SELECT $1::text, (SELECT jsonb_object_agg(substr(k, 6), v) FROM jsonb_each_text($2::jsonb) AS t (k, v) WHERE k LIKE 'name.%'),
	coalesce($3::text, 'UTC')
ON CONFLICT (slug) DO NOTHING
RETURNING id
