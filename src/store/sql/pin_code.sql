-- pin_code: operator; $1 gtin, $2 counter, $3 serial, $4 key id, $5 length
-- How the PIN of one code stands; no row: it was never issued.
SELECT pub.pin_digits($1::bigint, $2::bigint), coalesce(s.pin_tries, 0)::bigint,
	coalesce(to_char(s.pin_opened AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), '')
FROM code.run AS r JOIN code.batch AS b ON b.id = r.batch_id
LEFT JOIN pub.seen AS s ON s.gtin = $1::bigint AND s.serial = $3::text
WHERE r.gtin = $1::bigint AND r.counters @> $2::bigint AND b.key_id = $4::bigint AND b.serial_length = $5::bigint
