-- console_recalls: console; $1 kinds, with commas between them, $2 state or '', $3 the last of the page before, or 0, $4 rows at most
SELECT trace.halt_brief(h)::text, h.id::text FROM trace.halt AS h
WHERE h.brand_id = base.session_brand() AND h.kind = ANY (string_to_array($1::text, ','))
	AND ($2::text = '' OR trace.halt_standing(h) = $2::text) AND ($3::bigint = 0 OR h.id < $3::bigint)
ORDER BY h.id DESC LIMIT $4::bigint
