-- api_batch_made: console; $1 batch id, $2 job that makes its label files, or 0
-- The answer to who asked for the batch: the same whenever it is asked again.
SELECT json_build_object(
	'id', b.id,
	'gtin', lpad(b.gtin::text, 14, '0'),
	'lot', b.lot,
	'quantity', b.quantity,
	'serial_length', b.serial_length,
	'made_at', to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'codes', '/v1/batches/' || b.id || '/codes',
	'labels', '/v1/jobs/' || nullif($2::bigint, 0))::text
FROM code.batch AS b
WHERE b.id = $1::text::uuid
