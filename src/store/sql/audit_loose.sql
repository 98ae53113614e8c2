-- audit_loose: operator; $1 slug of a brand or ''
-- Entries without a seal: how many wait for it and since how many seconds the oldest; how many wait for nothing, and the first of these.
SELECT
	count(*) FILTER (WHERE u.entry_id IS NOT NULL) AS waiting,
	coalesce(extract(epoch FROM now() - min(e.at) FILTER (WHERE u.entry_id IS NOT NULL))::bigint, 0) AS seconds,
	count(*) FILTER (WHERE u.entry_id IS NULL) AS inserted,
	coalesce(min(e.id) FILTER (WHERE u.entry_id IS NULL), 0) AS first_inserted
FROM audit.entry AS e
LEFT JOIN audit.seal AS s ON s.entry_id = e.id
LEFT JOIN audit.unsealed AS u ON u.entry_id = e.id
LEFT JOIN trace.brand AS b ON b.id = e.brand_id
WHERE s.entry_id IS NULL AND ($1::text = '' OR b.slug = $1::text)
