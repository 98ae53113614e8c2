-- console_products_list: console; $1 a part of name or GTIN, or '', $2 behind this GTIN, $3 language, $4 rows
SELECT t.line, t.cursor_id::text FROM trace.product_list($1::text, $2::bigint, $3::text, $4::bigint) AS t
