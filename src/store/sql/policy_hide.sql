-- policy_hide: console, jobs, operator; $1 brand id, $2 GTIN or 0 for the brand, $3 fields
-- Writes the decisions down and denies at once, on reading, until the documents are made anew.
WITH decided AS (
	INSERT INTO trace.visibility (brand_id, gtin, field, visible)
	SELECT $1::bigint, $2::bigint, field, false FROM unnest($3::text[]) AS field
	RETURNING id, brand_id, gtin, field
)
INSERT INTO pub.hide AS h (brand_id, gtin, field, decision)
SELECT brand_id, gtin, field, id FROM decided
ON CONFLICT (brand_id, gtin, field) DO UPDATE SET decision = greatest(h.decision, EXCLUDED.decision)
