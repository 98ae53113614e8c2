-- console_photos_list: console; $1 GTIN to begin behind, or 0, $2 language of products to choose from, or ''
-- Products with their photos or without, by GTIN, a page of 50 and how it goes on; then what a page offers.
SELECT json_build_object('photos', coalesce(json_agg(p.entry ORDER BY p.gtin) FILTER (WHERE p.place <= 50), '[]'),
	'next', CASE WHEN count(*) > 50 THEN max(p.gtin) FILTER (WHERE p.place <= 50) END)::text,
	CASE WHEN $2::text <> '' THEN trace.products_offered($2::text, 200) END::text
FROM (
	SELECT o.gtin, row_number() OVER (ORDER BY o.gtin) AS place, json_build_object(
		'gtin', lpad(o.gtin::text, 14, '0'),
		'name', (SELECT n.name FROM trace.product_now AS n WHERE n.gtin = o.gtin AND n.brand_id = o.brand_id),
		'sha256', encode(s.sha256, 'hex'), 'width', s.width, 'height', s.height, 'bytes', length(s.bytes),
		'recorded_at', base.local_time(s.recorded_at,
			(SELECT b.time_zone FROM trace.brand AS b WHERE b.id = base.session_brand())), 'recorded_by', s.recorded_by,
		'public', 'product.photo' = ANY (trace.visible(o.brand_id, o.gtin))) AS entry
	FROM (SELECT * FROM trace.gtin_owner AS g WHERE g.gtin > $1::bigint ORDER BY g.gtin LIMIT 51) AS o
	LEFT JOIN trace.photo_now AS s ON s.gtin = o.gtin AND s.brand_id = o.brand_id) AS p
