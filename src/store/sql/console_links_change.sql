-- console_links_change: console; $1 GTIN, $2 lot or '', $3 serial or '', $4 the link as JSON, $5 the one it takes the
-- place of, or 0
SELECT json_build_object('records', array_to_string(trace.change_link($1::bigint, $2::text, $3::text, $4::text::jsonb,
	nullif($5::bigint, 0)), '-'))::text
