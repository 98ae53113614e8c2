-- console_checks_show: console; $1 $2 first and last day or '', $3 GTIN or 0, $4 day, hour, product, lot or country
-- What happens out there, a document.
SELECT code.checks(nullif($1::text, '')::date, nullif($2::text, '')::date, $3::bigint, $4::text)::text
