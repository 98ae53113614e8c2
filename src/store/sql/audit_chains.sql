-- audit_chains: operator; $1 slug of a brand or ''
-- The chains there are, with their heads: brand (0: of no single brand), slug, last number, its hash, when it was sealed.
SELECT
	c.chain,
	coalesce(b.slug, '') AS slug,
	s.number,
	encode(s.hash, 'hex') AS hash,
	to_char(s.sealed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS sealed_at
FROM (SELECT brand_id AS chain, max(number) AS number FROM audit.seal GROUP BY brand_id) AS c
JOIN audit.seal AS s ON s.brand_id = c.chain AND s.number = c.number
LEFT JOIN trace.brand AS b ON b.id = c.chain
WHERE $1::text = '' OR b.slug = $1::text
ORDER BY c.chain
