-- visits_sum: operator; $1 GTIN, $2 lot or '', $3 $4 first and last day (UTC) or '', $5 day, hour or country
-- How often codes of a GTIN, or of one of its lots, were looked at, a row a day, an hour or a country.
SELECT
	CASE $5::text
		WHEN 'country' THEN c.country
		WHEN 'hour' THEN to_char(date_trunc('hour', c.quarter, 'UTC') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')
		ELSE to_char(c.quarter AT TIME ZONE 'UTC', 'YYYY-MM-DD')
	END AS part,
	coalesce(sum(c.times) FILTER (WHERE c.kind = 'visit'), 0) AS visits,
	coalesce(sum(c.times) FILTER (WHERE c.kind = 'never_issued'), 0) AS never_issued,
	coalesce(sum(c.times) FILTER (WHERE c.kind = 'mistyped'), 0) AS mistyped,
	coalesce(sum(c.times) FILTER (WHERE c.kind = 'robot'), 0) AS robots
FROM code.check_count AS c
WHERE c.gtin = $1::bigint
	AND ($2::text = '' OR c.lot_handle = trace.lot_handle($1::bigint, $2::text))
	AND ($3::text = '' OR c.quarter >= nullif($3::text, '')::date::timestamp AT TIME ZONE 'UTC')
	AND ($4::text = '' OR c.quarter < (nullif($4::text, '')::date + 1)::timestamp AT TIME ZONE 'UTC')
GROUP BY part
ORDER BY part
