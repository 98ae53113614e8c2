-- api_batches: console; $1 GTIN, or 0 for all; $2 the last id of the page before, or NULL; $3 what is looked for, or '';
-- $4 new, open, closed, or '' for any; $5 rows at most
-- Newest first, those that this line may see; one row more than a page tells that there is a next. When it was made as
-- the brand's clocks show it.
SELECT json_build_object(
	'id', b.id,
	'gtin', lpad(b.gtin::text, 14, '0'),
	'lot', b.lot,
	'quantity', b.quantity,
	'product', b.product,
	'state', code.batch_state(b),
	'counts', code.batch_counts(b),
	'made_at', to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'made_by', b.made_by,
	'codes', '/v1/batches/' || b.id || '/codes')::text, b.id::text, code.local(b.made_at)
FROM code.batch_list($1::bigint, $2::text::uuid, $3::text, $4::text, $5::bigint) AS b
ORDER BY b.made_at DESC, b.id DESC
