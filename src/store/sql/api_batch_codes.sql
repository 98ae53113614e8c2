-- api_batch_codes: console; $1 batch id
-- What the codes of a batch are computed from; no row: none that this line may see.
SELECT b.id::text, b.gtin, coalesce(b.lot, ''), b.key_id::bigint, b.serial_length::bigint, b.link_stem, b.first, b.quantity,
	b.product, coalesce(to_char(b.produced_on, 'YYYY-MM-DD'), ''),
	coalesce(to_char(b.best_before, 'YYYY-MM-DD'), ''), k.wrapped,
	pub.pin_digits(b.gtin, b.first)
FROM code.batch AS b JOIN code.serial_key AS k USING (key_id)
WHERE b.id = $1::text::uuid AND code.line_sees(b.gtin)
