-- console_records_show: console; $1 kind, $2 number of the record, $3 language
-- Last the names of the products it speaks of, for a page.
SELECT t.shown, NULL::text, (SELECT json_object_agg(g.gtin, (SELECT n.name FROM trace.product_now AS n
		WHERE n.gtin = g.gtin::bigint AND n.brand_id = base.session_brand() LIMIT 1))
	FROM (SELECT said #>> '{}' FROM jsonb_path_query(t.shown::jsonb, '$.gtin') AS said
		UNION SELECT said #>> '{}' FROM jsonb_path_query(t.shown::jsonb, '$.fields[*] ? (@.name == "input_gtin").value') AS said
		UNION SELECT said #>> '{}' FROM jsonb_path_query(t.shown::jsonb, '$.inputs[*].input_gtin') AS said
		UNION SELECT said #>> '{}' FROM jsonb_path_query(t.shown::jsonb, '$.went_into.list[*].gtin') AS said) AS g (gtin)
	WHERE g.gtin <> '')::text
FROM trace.record_show($1::text, $2::bigint, $3::text) AS t(shown) WHERE t.shown IS NOT NULL
