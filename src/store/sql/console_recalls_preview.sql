-- console_recalls_preview: console; $1 number
SELECT gtin, counter, key_id, serial_length, state, since, reason, brand, product, lot, recall_reason, recall_since,
	link_stem, serial, pub.best_until(lot::jsonb ->> 'best_before',
		(SELECT p.time_zone FROM pub.brand AS p WHERE p.brand_id = base.session_brand()))
FROM trace.halt_preview($1::bigint)
