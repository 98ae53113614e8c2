-- console_recalls_show: console; $1 number, $2 the last line of the page before, or 0
SELECT (trace.halt_document(h) || jsonb_build_object('lines', (
	SELECT coalesce(jsonb_agg(trace.halt_line(p) ORDER BY p.n), '[]') FROM (
		SELECT * FROM trace.halt_part AS q WHERE q.halt_id = h.id AND q.n > $2::bigint ORDER BY q.n LIMIT 51) AS p)))::text
FROM trace.halt AS h WHERE h.id = $1::bigint
