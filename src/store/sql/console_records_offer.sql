-- console_records_offer: console; $1 kind, $2 GTIN or 0, $3 lot or '', $4 language
SELECT trace.record_offer($1::text, $2::bigint, $3::text, $4::text)
