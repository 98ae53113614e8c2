-- console_recalls_lines: console; $1 number, $2 the last line of the page before, or 0, $3 rows at most
SELECT trace.halt_line(p)::text, p.n::text FROM trace.halt_part AS p
WHERE p.halt_id = $1::bigint AND p.n > $2::bigint ORDER BY p.n LIMIT $3::bigint
