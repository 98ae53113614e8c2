-- api_batches: console; $1 GTIN, or 0 for all; $2 the last id of the page before, or NULL; $3 rows at most
-- Newest first, those that this line may see; one row more than a page tells that there is a next.
WITH after AS MATERIALIZED (
	SELECT c.made_at, c.id FROM code.batch AS c WHERE c.id = $2::text::uuid
	UNION ALL
	SELECT 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff' WHERE $2::text IS NULL
), asked (gtins) AS MATERIALIZED (
	SELECT code.line_gtins($1::bigint)
)
SELECT json_build_object(
	'id', b.id,
	'gtin', lpad(b.gtin::text, 14, '0'),
	'lot', b.lot,
	'quantity', b.quantity,
	'made_at', to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'codes', '/v1/batches/' || b.id || '/codes')::text, b.id::text
FROM (
	(SELECT b.* FROM code.batch AS b
	WHERE (SELECT gtins IS NULL FROM asked)
		AND (b.made_at, b.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
	ORDER BY b.made_at DESC, b.id DESC LIMIT $3::bigint)
	UNION ALL
	SELECT of_gtin.* FROM asked, unnest(asked.gtins) AS g CROSS JOIN LATERAL (
		SELECT b.* FROM code.batch AS b
		WHERE b.gtin = g AND (b.made_at, b.id) < ((SELECT made_at FROM after), (SELECT id FROM after))
		ORDER BY b.made_at DESC, b.id DESC LIMIT $3::bigint) AS of_gtin
) AS b
ORDER BY b.made_at DESC, b.id DESC
LIMIT $3::bigint
