-- api_batches: console; $1 GTIN, or 0 for all; $2 the last id of the page before, or NULL; $3 rows at most
-- Newest first, those that this line may see; one row more than a page tells that there is a next.
SELECT json_build_object(
	'id', b.id,
	'gtin', lpad(b.gtin::text, 14, '0'),
	'lot', b.lot,
	'quantity', b.quantity,
	'made_at', to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'codes', '/v1/batches/' || b.id || '/codes')::text, b.id::text
FROM code.batch AS b
WHERE $1::bigint IN (0, b.gtin) AND code.line_sees(b.gtin)
	AND ($2::text IS NULL OR (b.made_at, b.id) <
		(SELECT c.made_at, c.id FROM code.batch AS c WHERE c.id = $2::text::uuid))
ORDER BY b.made_at DESC, b.id DESC
LIMIT $3::bigint
