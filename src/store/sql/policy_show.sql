-- policy_show: console, jobs, operator; $1 brand id, $2 GTIN or 0 for the brand, $3 fields
INSERT INTO trace.visibility (brand_id, gtin, field, visible)
SELECT $1::bigint, $2::bigint, field, true FROM unnest($3::text[]) AS field
