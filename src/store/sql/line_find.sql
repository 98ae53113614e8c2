-- line_find: operator; $1 brand id, $2 name
SELECT id FROM code.line WHERE brand_id = $1::bigint AND name = $2
