-- api_links_put: console; $1 GTIN, $2 lot or '', $3 serial or '', $4 links as JSON
SELECT json_build_object('added', l.added, 'changed', l.changed, 'same', l.same)::text
FROM trace.put_links($1::bigint, $2::text, $3::text, $4::text::jsonb,
	base.session_by()) AS l
