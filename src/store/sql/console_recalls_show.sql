-- console_recalls_show: console; $1 number, $2 what console_recalls_visited gave, $3 $4 $5 $6 $7 printed codes (store/code_list.h), $8 the last line of the page before, or 0
SELECT (trace.halt_document(h) || jsonb_build_object(
	'checked', trace.halt_checked(h, $2::text::jsonb, code.printed_list($3::text::bigint[], $4::text::bigint[],
		$5::text::bigint[], $6::text::bigint[], $7::text::text[])),
	'lines', (SELECT coalesce(jsonb_agg(trace.halt_line(p) ORDER BY p.n), '[]') FROM (
		SELECT * FROM trace.halt_part AS q WHERE q.halt_id = h.id AND q.n > $8::bigint ORDER BY q.n LIMIT 51) AS p)))::text, NULL::text,
	(SELECT json_object_agg(g, (SELECT n.name FROM trace.product_now AS n WHERE n.gtin = g::bigint
		AND n.brand_id = base.session_brand() LIMIT 1))
		FROM (SELECT h.choice ->> 'gtin' AS g UNION SELECT lpad(q.gtin::text, 14, '0') FROM trace.halt_part AS q
			WHERE q.halt_id = h.id AND q.n > $8::bigint AND q.n <= $8::bigint + 51) AS parts WHERE g IS NOT NULL)::text
FROM trace.halt AS h WHERE h.id = $1::bigint
