-- policy_still_shown: operator; $1 brand id, $2 fields
-- Products whose own policy shows what the brand's policy hides.
SELECT lpad(gtin::text, 14, '0'), field FROM (
	SELECT DISTINCT ON (gtin, field) gtin, field, visible FROM trace.visibility
	WHERE brand_id = $1::bigint AND gtin <> 0 AND field = ANY ($2::text[])
	ORDER BY gtin, field, id DESC) AS newest
WHERE visible
ORDER BY gtin, field
