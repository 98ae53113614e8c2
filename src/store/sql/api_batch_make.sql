-- api_batch_make: console; $1 Idempotency-Key, $2 SHA-256 of the request in hexadecimal digits, $3 GTIN,
-- $4 lot or NULL, $5 characters of a serial, $6 link stem as printed, $7 quantity, $8 the most counters
-- of the GTIN at this length, $9 label order (JSON) or NULL, $10 codes a person may
-- ask for in a day
SELECT b.batch_id::text, b.job_id, b.replayed
FROM code.line_batch($1::text, decode($2::text, 'hex'), $3::bigint, $4::text, $5::bigint::integer, $6::text,
	$7::bigint, $8::bigint, $9::text::jsonb, $10::bigint) AS b
