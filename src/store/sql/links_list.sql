-- links_list: operator; $1 brand id or 0, $2 GTIN or 0, $3 lot or NULL for any, $4 serial or NULL for any
SELECT lpad(l.gtin::text, 14, '0'), l.lot, l.serial, l.link_type, l.href, l.title, l.hreflang, l.media_type, l.context,
	l.role, l.forward_query, l.public,
	coalesce(to_char(l.valid_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
	coalesce(to_char(l.valid_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''),
	coalesce(l.valid_from > now(), false), coalesce(l.valid_until <= now(), false)
FROM trace.link_now AS l
WHERE ($1::bigint = 0 OR l.brand_id = $1::bigint) AND ($2::bigint = 0 OR l.gtin = $2::bigint)
	AND ($3::text IS NULL OR l.lot = $3) AND ($4::text IS NULL OR l.serial = $4)
ORDER BY l.gtin, l.lot, l.serial, l.link_type, l.id
