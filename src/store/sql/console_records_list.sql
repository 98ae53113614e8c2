-- console_records_list: console; $1 kind, $2 how its number begins or a part of its name, or '', $3 GTIN or 0, $4 current or withdrawn,
-- $5 cursor or '', $6 language, $7 rows
-- Last the name of the product, for a page.
SELECT t.line, t.cursor_text_out,
	CASE WHEN $1::text IN ('lot', 'lot_input') THEN (SELECT n.name FROM trace.product_now AS n
		WHERE n.gtin = (t.line::json ->> 'gtin')::bigint AND n.brand_id = base.session_brand() LIMIT 1) END::text
FROM trace.record_page($1::text, $2::text, $3::bigint, $4::text, $5::text, $6::text, $7::bigint) AS t
