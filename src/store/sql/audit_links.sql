-- audit_links: operator; $1 brand (0: of no single brand), $2 behind this number, $3 how many
-- A piece of a chain: number, entry named, whether it is there, hash, marks, and the fields of the entry.
SELECT
	s.number,
	s.entry_id,
	e.id IS NOT NULL AS is_there,
	encode(s.hash, 'hex') AS hash,
	encode(s.marks, 'hex') AS marks,
	coalesce(e.brand_id::text, '') AS brand,
	coalesce(e.id::text, '') AS id,
	coalesce(to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '') AS at,
	coalesce(e.who, '') AS who,
	coalesce(e.action, '') AS action,
	coalesce(e.object, '') AS object,
	coalesce(e.via, '') AS via,
	coalesce(e.details::text, '') AS details
FROM audit.seal AS s
LEFT JOIN audit.entry AS e ON e.id = s.entry_id
WHERE s.brand_id = $1::bigint AND s.number > $2::bigint
ORDER BY s.number
LIMIT $3::integer
