-- policy_list: console, jobs, operator; $1 brand id, $2 GTIN or 0 for the brand's own policy
-- What counts for each field there ever was a decision for.
SELECT field, choice <> 'hide', own, to_char(decided_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), decided_by, choice,
	coalesce(law, '')
FROM trace.decisions_with($1::bigint, $2::bigint, NULL, NULL)
ORDER BY field
