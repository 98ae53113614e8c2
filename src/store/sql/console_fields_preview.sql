-- console_fields_preview: console; $1 GTIN of the scope or 0, $2 choices or NULL, $3 GTIN of the item or 0, $4 counter or NULL, $5 serial made elsewhere or NULL
SELECT gtin, counter, key_id, serial_length, state, since, reason, brand, product, lot, recall_reason, recall_since,
	link_stem, serial, pub.best_until(lot::jsonb ->> 'best_before',
		(SELECT p.time_zone FROM pub.brand AS p WHERE p.brand_id = base.session_brand()))
FROM trace.fields_preview($1::bigint, $2::text::jsonb, $3::bigint, $4::text::bigint, $5::text)
