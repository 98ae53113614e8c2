-- code_issued: console, jobs, operator; $1 GTIN, $2 counter
-- Key and length of a serial that was issued with this counter; no row: never issued.
SELECT b.key_id, b.serial_length
FROM code.batch AS b
WHERE b.gtin = $1::bigint AND int8range(b.first, b.first + b.quantity) @> $2::bigint
