-- project_brand: jobs, operator; $1 brand id, or 0 for every brand
-- Writes pub.brand, held by project_hold, where it changed; gives the GTINs to touch.
WITH doc AS (
	SELECT b.id AS brand_id, trace.brand_document(b) AS document, trace.fields_zone(b.id) AS time_zone
	FROM trace.brand AS b
	WHERE $1::bigint IN (0, b.id)
), written AS (
	INSERT INTO pub.brand AS old (brand_id, document, time_zone)
	SELECT brand_id, document, time_zone FROM doc
	ON CONFLICT (brand_id) DO UPDATE SET document = EXCLUDED.document, time_zone = EXCLUDED.time_zone
	WHERE (old.document, old.time_zone) IS DISTINCT FROM (EXCLUDED.document, EXCLUDED.time_zone)
	RETURNING brand_id
)
SELECT count(*), coalesce(array_agg(g.gtin), '{}')
FROM written JOIN pub.gtin AS g USING (brand_id)
