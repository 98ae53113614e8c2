-- policy_list: console, jobs, operator; $1 brand id, $2 GTIN or 0 for the brand's own policy
-- The decision that counts for each field there ever was one for.
SELECT DISTINCT ON (field) field, visible, gtin <> 0,
	to_char(decided_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), decided_by
FROM trace.visibility
WHERE brand_id = $1::bigint AND gtin IN (0, $2::bigint)
ORDER BY field, gtin DESC, id DESC
