-- console_links_page: console; $1 GTIN or 0 for any, $2 lot or '', $3 serial or '', $4 link type or '', $5 language or
-- '', $6 only before this id or 0, $7 language of products to choose from, or ''
-- Links of the brand, newest first, a page of 50 and how it goes on; and where who asks for nothing is sent;
-- then what a page offers, and the names of the products.
SELECT json_build_object('links', coalesce(json_agg(k.entry ORDER BY k.id DESC) FILTER (WHERE k.place <= 50), '[]'),
	'next', CASE WHEN count(*) > 50 THEN min(k.id) FILTER (WHERE k.place <= 50) END,
	'redirects', coalesce((SELECT m.redirects FROM trace.link_mode AS m ORDER BY m.id DESC LIMIT 1), false))::text,
	CASE WHEN $7::text <> '' THEN trace.products_offered($7::text, 200) END::text,
	CASE WHEN $7::text <> '' THEN json_object_agg(k.entry ->> 'gtin', k.called) END::text
FROM (
	SELECT l.id, row_number() OVER (ORDER BY l.id DESC) AS place, json_build_object(
		'id', l.id, 'gtin', lpad(l.gtin::text, 14, '0'), 'lot', nullif(l.lot, ''), 'serial', nullif(l.serial, ''),
		'link_type', l.link_type, 'href', l.href, 'title', l.title, 'hreflang', l.hreflang,
		'media_type', l.media_type, 'context', l.context,
		'default', CASE l.role WHEN 'default' THEN 'one' WHEN 'multi' THEN 'multi' ELSE 'no' END,
		'forward_query', l.forward_query, 'public', l.public,
		'valid_from', trace.link_end(l.from_day, l.valid_from),
		'valid_until', trace.link_end(l.until_day, l.valid_until),
		'over', coalesce(l.valid_until <= now(), l.until_day < pub.day_at(now(), trace.clock_of(l.brand_id))),
		'to_come', coalesce(l.valid_from > now(), l.from_day > pub.day_at(now(), trace.clock_of(l.brand_id)))) AS entry,
		(SELECT n.name FROM trace.product_now AS n WHERE n.gtin = l.gtin AND n.brand_id = base.session_brand() LIMIT 1) AS called
	FROM (SELECT * FROM trace.link_now AS n
		WHERE ($1::bigint = 0 OR n.gtin = $1::bigint) AND ($2::text = '' OR n.lot = $2::text)
			AND ($3::text = '' OR n.serial = $3::text) AND ($4::text = '' OR n.link_type = $4::text)
			AND ($5::text = '' OR $5::text = ANY (string_to_array(n.hreflang, ' ')))
			AND ($6::bigint = 0 OR n.id < $6::bigint)
		ORDER BY n.id DESC LIMIT 51) AS l) AS k
