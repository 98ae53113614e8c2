-- page_batches: console; $1 the last id of the page before, or NULL
-- As api_batches.sql does it.
WITH after AS MATERIALIZED (
	SELECT c.made_at, c.id FROM code.batch AS c WHERE c.id = $1::text::uuid
	UNION ALL
	SELECT 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE $1::text IS NULL
), asked (gtins) AS MATERIALIZED (
	SELECT code.line_gtins(0)
)
SELECT b.id::text, lpad(b.gtin::text, 14, '0'), coalesce(b.lot, ''), b.quantity::text,
	to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC',
	b.product, b.made_by
FROM (
	(SELECT b.* FROM code.batch AS b
	WHERE (SELECT gtins IS NULL FROM asked)
		AND (b.made_at, b.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
	ORDER BY b.made_at DESC, b.id DESC LIMIT 51)
	UNION ALL
	SELECT of_gtin.* FROM asked, unnest(asked.gtins) AS g CROSS JOIN LATERAL (
		SELECT b.* FROM code.batch AS b
		WHERE b.gtin = g AND (b.made_at, b.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
		ORDER BY b.made_at DESC, b.id DESC LIMIT 51) AS of_gtin
) AS b
ORDER BY b.made_at DESC, b.id DESC
LIMIT 51
