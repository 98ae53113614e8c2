-- api_links: console; $1 GTIN, $2 lot or NULL for any, $3 serial or NULL for any, $4 the last id of the page before,
-- $5 rows at most
-- Those that this line may see; one row more than a page tells that there is a next.
SELECT json_strip_nulls(json_build_object(
	'gtin', lpad(l.gtin::text, 14, '0'),
	'lot', nullif(l.lot, ''),
	'serial', nullif(l.serial, ''),
	'link_type', l.link_type,
	'href', l.href,
	'title', l.title,
	'hreflang', string_to_array(nullif(l.hreflang, ''), ' '),
	'media_type', nullif(l.media_type, ''),
	'context', string_to_array(nullif(l.context, ''), ' '),
	'default', CASE l.role WHEN 'default' THEN 'one' WHEN 'multi' THEN 'multi' ELSE 'no' END,
	'forward_query', l.forward_query,
	'public', l.public,
	'valid_from', trace.link_end(l.from_day, l.valid_from),
	'valid_until', trace.link_end(l.until_day, l.valid_until)))::text,
	l.id::text
FROM trace.link_now AS l
WHERE l.gtin = $1::bigint AND ($2::text IS NULL OR l.lot = $2::text) AND ($3::text IS NULL OR l.serial = $3::text)
	AND l.id > $4::bigint AND code.line_sees(l.gtin)
ORDER BY l.id
LIMIT $5::bigint
