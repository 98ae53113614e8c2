-- console_records_show: console; $1 kind, $2 number of the record, $3 language
SELECT t.shown FROM trace.record_show($1::text, $2::bigint, $3::text) AS t(shown) WHERE t.shown IS NOT NULL
