-- visits_of_code: operator; $1 GTIN, $2 serial
-- How often one code was looked at, and when first; no row where nobody did.
SELECT
	visits,
	to_char(first_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS first_at
FROM pub.seen
WHERE gtin = $1::bigint AND serial = $2::text
