-- batch_read: console, jobs, operator; $1 batch id
SELECT b.id, b.gtin, coalesce(b.lot, ''), b.key_id, b.serial_length, b.link_stem, b.first, b.quantity,
	b.product, coalesce(to_char(b.produced_on, 'YYYY-MM-DD'), ''),
	coalesce(to_char(b.best_before, 'YYYY-MM-DD'), ''),
	to_char(b.made_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), k.wrapped, pub.pin_digits(b.gtin, b.first)
FROM code.batch AS b JOIN code.serial_key AS k USING (key_id)
WHERE b.id = $1::uuid
