-- console_papers_list: console; $1 GTIN or 0 for any, $2 only before this id or 0, $3 language of products to choose from, or ''
-- Certificates and reports as they count now, newest first, a page of 50 and how it goes on; then what a page offers,
-- and the names of the products.
SELECT json_build_object('papers', coalesce(json_agg(d.entry ORDER BY d.id DESC) FILTER (WHERE d.place <= 50), '[]'),
	'next', CASE WHEN count(*) > 50 THEN min(d.id) FILTER (WHERE d.place <= 50) END)::text,
	CASE WHEN $3::text <> '' THEN trace.products_offered($3::text, 200) END::text,
	CASE WHEN $3::text <> '' THEN json_object_agg(d.entry ->> 'gtin', d.called) END::text
FROM (
	SELECT n.id, row_number() OVER (ORDER BY n.id DESC) AS place, json_build_object(
		'id', n.id, 'gtin', lpad(n.gtin::text, 14, '0'), 'lot', nullif(n.lot, ''), 'code', n.code, 'kind', n.kind,
		'title', n.title, 'issuer', n.issuer, 'issued_on', n.issued_on, 'media_type', n.media_type,
		'sha256', encode(n.sha256, 'hex'),
		'bytes', (SELECT length(f.bytes) FROM trace.paper_file AS f WHERE f.brand_id = n.brand_id AND f.sha256 = n.sha256),
		'recorded_at', base.local_time(n.recorded_at,
			(SELECT b.time_zone FROM trace.brand AS b WHERE b.id = base.session_brand())),
		'recorded_by', n.recorded_by, 'corrects', n.replaces,
		'public', (SELECT CASE WHEN NOT 'document.title' = ANY (v) THEN 'no'
			WHEN 'document.file' = ANY (v) THEN 'file' ELSE 'entry' END FROM trace.visible(n.brand_id, n.gtin) AS v)) AS entry,
		(SELECT p.name FROM trace.product_now AS p WHERE p.gtin = n.gtin AND p.brand_id = base.session_brand() LIMIT 1) AS called
	FROM (SELECT * FROM trace.document_now AS d
		WHERE ($1::bigint = 0 OR d.gtin = $1::bigint) AND ($2::bigint = 0 OR d.id < $2::bigint)
		ORDER BY d.id DESC LIMIT 51) AS n) AS d
