-- console_checks_show: console; $1 $2 first and last day or '', $3 GTIN or 0, $4 day, hour, product, lot or country
-- What happens out there, a document; and the names of products whose items are looked at often.
SELECT c::text, NULL::text, (SELECT json_object_agg(g, (SELECT n.name FROM trace.product_now AS n
		WHERE n.gtin = g::bigint AND n.brand_id = base.session_brand() LIMIT 1))
	FROM (SELECT DISTINCT o ->> 'gtin' AS g FROM jsonb_array_elements(c -> 'often') AS o) AS often)::text
FROM code.checks(nullif($1::text, '')::date, nullif($2::text, '')::date, $3::bigint, $4::text) AS c
