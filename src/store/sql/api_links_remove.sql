-- api_links_remove: console; $1 GTIN, $2 lot or '', $3 serial or '', $4 type, $5 address, $6 languages, $7 media type,
-- $8 context; from $4 on NULL: any
SELECT json_build_object('removed', trace.remove_links($1::bigint, $2::text, $3::text, $4::text, $5::text, $6::text,
	$7::text, $8::text, base.session_by()))::text
