-- console_lines_one: console; $1 line id
-- One line with its keys, also those that have ended; no row: the brand has none with this id.
SELECT code.line_shown(l, true)::text
FROM code.line AS l WHERE l.id = $1::bigint AND l.brand_id = base.session_brand()
