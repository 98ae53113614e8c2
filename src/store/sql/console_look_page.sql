-- console_look_page: console; $1 languages of the public page, with commas between
-- The look of the brand, what of it is missing in which language, its versions, and a product to show it on.
SELECT json_build_object(
	'name', b.name, 'motto', b.motto, 'about', b.about, 'contact', b.contact, 'accent', b.accent,
	'logo', (SELECT json_build_object('sha256', encode(l.sha256, 'hex'), 'width', l.width, 'height', l.height,
		'bytes', length(l.bytes)) FROM trace.logo AS l WHERE l.brand_id = b.id AND l.sha256 = b.logo),
	'missing', (SELECT coalesce(json_object_agg(t.tag, t.list), '{}') FROM (
		SELECT tag, json_agg(m.word ORDER BY m.place) AS list FROM unnest(string_to_array($1::text, ',')) AS tag
		CROSS JOIN LATERAL (VALUES (1, 'name', b.name ? tag), (2, 'motto', b.motto ? tag), (3, 'about', b.about ? tag))
			AS m(place, word, is_there)
		WHERE NOT m.is_there GROUP BY tag) AS t),
	'versions', (SELECT coalesce(json_agg(json_build_object('id', v.id, 'by', v.decided_by,
			'at', job.moment(v.decided_at)) ORDER BY v.id DESC), '[]')
		FROM (SELECT * FROM trace.look AS v WHERE v.brand_id = b.id ORDER BY v.id DESC LIMIT 20) AS v),
	'products', (SELECT count(*) FROM (SELECT FROM trace.gtin_owner LIMIT 1) AS o))::text
FROM trace.brand AS b WHERE b.id = base.session_brand()
