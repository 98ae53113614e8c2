-- console_links_one: console; $1 id of a link that counts
-- For a page the name of its product besides.
SELECT json_build_object('id', l.id, 'gtin', lpad(l.gtin::text, 14, '0'), 'lot', l.lot, 'serial', l.serial,
	'link_type', l.link_type, 'href', l.href, 'title', l.title, 'hreflang', l.hreflang, 'media_type', l.media_type,
	'context', l.context, 'default', CASE l.role WHEN 'default' THEN 'one' WHEN 'multi' THEN 'multi' ELSE 'no' END,
	'forward_query', l.forward_query, 'public', l.public,
	'valid_from', trace.link_end(l.from_day, l.valid_from),
	'valid_until', trace.link_end(l.until_day, l.valid_until))::text, NULL::text,
	json_build_object(lpad(l.gtin::text, 14, '0'),
		(SELECT n.name FROM trace.product_now AS n WHERE n.gtin = l.gtin AND n.brand_id = base.session_brand() LIMIT 1))::text
FROM trace.link_now AS l WHERE l.id = $1::bigint
