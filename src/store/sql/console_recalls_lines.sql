-- console_recalls_lines: console; $1 number, $2 the last line of the page before, or 0, $3 rows at most
SELECT jsonb_build_object(
	'lines', (SELECT coalesce(jsonb_agg(trace.halt_line(p) ORDER BY p.n), '[]') FROM trace.halt_part AS p
		WHERE p.halt_id = h.id AND p.n > $2::bigint AND p.n <= $2::bigint + $3::bigint),
	'next', CASE WHEN EXISTS (SELECT FROM trace.halt_part AS p WHERE p.halt_id = h.id AND p.n = $2::bigint + $3::bigint + 1)
		THEN format('/v1/recalls/%s/lines?limit=%s&cursor=%s', h.id, $3::bigint, $2::bigint + $3::bigint) END)::text
FROM trace.halt AS h WHERE h.id = $1::bigint
