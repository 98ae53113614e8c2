-- console_lines: console
-- The brand's packaging lines with their valid keys, by name.
SELECT json_build_object('lines', coalesce(json_agg(code.line_shown(l, false) ORDER BY l.name), '[]'))::text
FROM code.line AS l WHERE l.brand_id = base.session_brand()
