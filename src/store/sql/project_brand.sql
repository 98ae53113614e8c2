-- project_brand: jobs, operator; $1 brand id, or 0 for every brand
-- Writes pub.brand where it changed; gives the GTINs to touch.
WITH doc AS (
	SELECT b.id AS brand_id, trace.brand_document(b) AS document
	FROM trace.brand AS b
	WHERE $1::bigint IN (0, b.id)
), written AS (
	INSERT INTO pub.brand AS old (brand_id, document)
	SELECT brand_id, document FROM doc
	ON CONFLICT (brand_id) DO UPDATE SET document = EXCLUDED.document
	WHERE old.document IS DISTINCT FROM EXCLUDED.document
	RETURNING brand_id
)
SELECT count(*), coalesce(array_agg(g.gtin), '{}')
FROM written JOIN pub.gtin AS g USING (brand_id)
