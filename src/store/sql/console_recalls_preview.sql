-- console_recalls_preview: console; $1 number
SELECT gtin, counter, key_id, serial_length, state, since, reason, brand, product, lot, recall_reason, recall_since,
	link_stem, serial
FROM trace.halt_preview($1::bigint)
