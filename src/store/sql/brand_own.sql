-- brand_own: console, jobs, operator; $1 brand id, $2 GTINs
-- Gives the GTINs that belong to another brand; the rest is the brand's afterwards.
WITH new AS (
	INSERT INTO trace.gtin_owner (gtin, brand_id)
	SELECT DISTINCT g, $1::bigint FROM unnest($2::bigint[]) AS g
	ON CONFLICT (gtin) DO NOTHING
)
SELECT lpad(o.gtin::text, 14, '0'), b.slug
FROM trace.gtin_owner AS o JOIN trace.brand AS b ON b.id = o.brand_id
WHERE o.gtin = ANY ($2::bigint[]) AND o.brand_id <> $1::bigint
ORDER BY o.gtin
