-- console_recalls_sheet: console; $1 number, $2 what console_recalls_visited gave, $3 $4 $5 $6 $7 printed codes (store/code_list.h)
-- Last the names of the products it speaks of, for a page.
SELECT d.document::text, NULL::text, (SELECT json_object_agg(g.gtin, (SELECT n.name FROM trace.product_now AS n
		WHERE n.gtin = g.gtin::bigint AND n.brand_id = base.session_brand() LIMIT 1))
	FROM (SELECT d.document #>> '{choice,gtin}' UNION SELECT said #>> '{}'
		FROM jsonb_path_query(d.document, '$.checked[*].gtin') AS said) AS g (gtin) WHERE g.gtin IS NOT NULL)::text
FROM (SELECT trace.halt_sheet(h) || jsonb_build_object(
		'checked', trace.halt_checked(h, $2::text::jsonb, code.printed_list($3::text::bigint[], $4::text::bigint[],
			$5::text::bigint[], $6::text::bigint[], $7::text::text[])))
	FROM trace.halt AS h WHERE h.id = $1::bigint) AS d (document)
