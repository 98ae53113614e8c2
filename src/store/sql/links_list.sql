-- links_list: operator; $1 brand id or 0, $2 GTIN or 0, $3 lot or NULL for any, $4 serial or NULL for any
SELECT lpad(l.gtin::text, 14, '0'), l.lot, l.serial, l.link_type, l.href, l.title, l.hreflang, l.media_type, l.context,
	l.role, l.forward_query, l.public,
	coalesce(trace.link_end(l.from_day, l.valid_from), ''), coalesce(trace.link_end(l.until_day, l.valid_until), ''),
	coalesce(l.valid_from > now(), l.from_day > pub.day_at(now(), trace.clock_of(l.brand_id)), false),
	coalesce(l.valid_until <= now(), l.until_day < pub.day_at(now(), trace.clock_of(l.brand_id)), false)
FROM trace.link_now AS l
WHERE ($1::bigint = 0 OR l.brand_id = $1::bigint) AND ($2::bigint = 0 OR l.gtin = $2::bigint)
	AND ($3::text IS NULL OR l.lot = $3) AND ($4::text IS NULL OR l.serial = $4)
ORDER BY l.gtin, l.lot, l.serial, l.link_type, l.id
