-- api_batch: console; $1 batch id
-- One batch as the API shows it; no row: none that this line may see.
SELECT json_build_object(
	'id', b.id,
	'gtin', lpad(b.gtin::text, 14, '0'),
	'lot', b.lot,
	'quantity', b.quantity,
	'product', b.product,
	'produced_on', b.produced_on,
	'best_before', b.best_before,
	'serial_length', b.serial_length,
	'made_at', to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'made_by', b.made_by,
	'codes', '/v1/batches/' || b.id || '/codes')::text
FROM code.batch AS b
WHERE b.id = $1::text::uuid AND code.line_sees(b.gtin)
