-- console_batches_products: console; $1 language
-- The products that this line or person may have codes for, by name; at most 500.
SELECT lpad(o.gtin::text, 14, '0'),
	coalesce(base.name_in(p.name, $1::text), '')
FROM trace.gtin_owner AS o LEFT JOIN trace.product_now AS p ON p.gtin = o.gtin AND p.brand_id = o.brand_id
WHERE code.line_sees(o.gtin) ORDER BY 2, 1 LIMIT 500
