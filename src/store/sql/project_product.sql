-- project_product: jobs, operator; $1 GTINs
-- Writes pub.product (src/page/document.h) and pub.photo where they changed, from what is visible and
-- nothing else; a product of which nothing is visible has no document. Gives the GTINs to touch.
-- No array has more than 500 entries.
WITH wanted AS MATERIALIZED (
	SELECT o.gtin::bigint AS gtin, o.brand_id, trace.visible(o.brand_id, o.gtin) AS f
	FROM trace.gtin_owner AS o
	WHERE o.gtin = ANY ($1::bigint[])
), photo AS MATERIALIZED (
	SELECT p.gtin::bigint AS gtin, p.id, p.sha256, p.width, p.height
	FROM wanted AS w JOIN trace.photo_now AS p ON p.gtin = w.gtin AND p.brand_id = w.brand_id
	WHERE 'product.photo' = ANY (w.f)
), doc AS MATERIALIZED (
	SELECT w.gtin, jsonb_strip_nulls(jsonb_build_object(
		'name', CASE WHEN 'product.name' = ANY (w.f) THEN nullif(p.name::jsonb, '{}') END,
		'description', CASE WHEN 'product.description' = ANY (w.f)
			THEN nullif(p.description::jsonb, '{}') END,
		'category', CASE WHEN 'product.category' = ANY (w.f) THEN nullif(p.category::jsonb, '{}') END,
		'ingredients', CASE WHEN 'product.ingredients' = ANY (w.f)
			THEN nullif(p.ingredients::jsonb, '{}') END,
		'net_content', CASE WHEN 'product.net_content' = ANY (w.f) THEN nullif(p.net_content, '') END,
		'origin_country', CASE WHEN 'product.origin_country' = ANY (w.f) THEN p.origin_country END,
		'origin_place', CASE WHEN 'product.origin_place' = ANY (w.f)
			THEN nullif(p.origin_place::jsonb, '{}') END,
		'responsible', CASE WHEN 'product.responsible' = ANY (w.f)
			THEN nullif(p.responsible::jsonb, '{}') END,
		'care', CASE WHEN 'product.care' = ANY (w.f) THEN nullif(p.care::jsonb, '{}') END,
		'photo', (SELECT jsonb_build_object('sha256', encode(s.sha256, 'hex'), 'width', s.width,
				'height', s.height)
			FROM photo AS s WHERE s.gtin = w.gtin),
		'materials', materials.list,
		'documents', documents.list)) AS body
	FROM wanted AS w
	LEFT JOIN trace.product_now AS p ON p.gtin = w.gtin AND p.brand_id = w.brand_id
	CROSS JOIN LATERAL (
		SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
			'name', m.name,
			'country', CASE WHEN 'material.country' = ANY (w.f) THEN m.country END,
			'share', CASE WHEN 'material.share' = ANY (w.f) THEN m.share::text END,
			'recycled_share', CASE WHEN 'material.recycled_share' = ANY (w.f)
				THEN m.recycled_share::text END,
			'hazard', CASE WHEN 'material.hazard' = ANY (w.f) THEN nullif(m.hazard::jsonb, '{}') END,
			'supplier', CASE WHEN 'material.supplier' = ANY (w.f)
				THEN nullif(s.name::jsonb, '{}') END)) ORDER BY m.position) AS list
		FROM (SELECT * FROM trace.material_now AS a
			WHERE a.gtin = w.gtin AND a.brand_id = w.brand_id AND a.lot = ''
				AND 'material.name' = ANY (w.f)
			ORDER BY a.position LIMIT 500) AS m
		LEFT JOIN trace.supplier_now AS s ON s.brand_id = m.brand_id AND s.record_key = m.supplier
		) AS materials
	CROSS JOIN LATERAL (
		SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
			'title', d.title,
			'kind', CASE WHEN 'document.kind' = ANY (w.f) THEN nullif(d.kind, '') END,
			'issuer', CASE WHEN 'document.issuer' = ANY (w.f) THEN nullif(d.issuer::jsonb, '{}') END,
			'issued_on', CASE WHEN 'document.issued_on' = ANY (w.f)
				THEN to_char(d.issued_on, 'YYYY-MM-DD') END,
			'sha256', CASE WHEN 'document.digest' = ANY (w.f) THEN encode(d.sha256, 'hex') END))
			ORDER BY d.first_id) AS list
		FROM (SELECT a.*, o.id AS first_id FROM trace.document_now AS a
			JOIN trace.document AS o ON o.brand_id = a.brand_id AND o.record_key = a.record_key
				AND o.replaces IS NULL
			WHERE a.gtin = w.gtin AND a.brand_id = w.brand_id AND a.lot = ''
				AND 'document.title' = ANY (w.f)
			ORDER BY o.id LIMIT 500) AS d) AS documents
), written AS (
	INSERT INTO pub.product AS old (gtin, document)
	SELECT gtin, body || jsonb_build_object('gtin', lpad(gtin::text, 14, '0'),
		'updated', base.local_time(now(), 'UTC'))
	FROM doc
	WHERE body <> '{}'
	ON CONFLICT (gtin) DO UPDATE SET document = EXCLUDED.document
	WHERE old.document - 'updated' <> EXCLUDED.document - 'updated'
	RETURNING gtin
), gone AS (
	DELETE FROM pub.product AS old USING doc
	WHERE old.gtin = doc.gtin AND doc.body = '{}'
	RETURNING old.gtin
), photo_written AS (
	INSERT INTO pub.photo (gtin, sha256, bytes)
	SELECT s.gtin, s.sha256, p.bytes FROM photo AS s JOIN trace.photo AS p ON p.id = s.id
	WHERE NOT EXISTS (SELECT FROM pub.photo AS same WHERE same.gtin = s.gtin AND same.sha256 = s.sha256)
	ON CONFLICT (gtin) DO UPDATE SET sha256 = EXCLUDED.sha256, bytes = EXCLUDED.bytes
), photo_gone AS (
	DELETE FROM pub.photo AS old USING wanted AS w
	WHERE old.gtin = w.gtin AND NOT EXISTS (SELECT FROM photo AS s WHERE s.gtin = old.gtin)
), changed AS (
	SELECT gtin FROM written UNION ALL SELECT gtin FROM gone
)
SELECT count(*), coalesce(array_agg(gtin), '{}') FROM changed
