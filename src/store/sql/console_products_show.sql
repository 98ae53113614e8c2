-- console_products_show: console; $1 GTIN, $2 language
SELECT t.shown FROM trace.product_show($1::bigint, $2::text) AS t(shown) WHERE t.shown IS NOT NULL
