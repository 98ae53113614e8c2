-- pin_events: operator; $1 gtin, $2 serial
-- What happened to the PIN of one code, in order.
SELECT e.step::text, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), e.by
FROM code.pin_event AS e
WHERE e.gtin = $1::bigint AND e.serial = $2::text
ORDER BY e.id
