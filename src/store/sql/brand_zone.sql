-- brand_zone: operator; $1 name of a time zone
-- Whether it is one that a brand may have, and what may have been meant.
SELECT EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = $1::text) AND base.is_time_zone($1),
	coalesce((SELECT string_agg(n.name, ' or ') FROM (SELECT z.name FROM pg_timezone_names AS z
		WHERE z.name ~ '^[A-Z][A-Za-z_]+/' AND z.name !~ '^(posix|right)/'
			AND lower(z.name) LIKE '%' || lower(replace(replace($1, ' ', '_'), '%', '')) AND length($1) > 2
		ORDER BY length(z.name), z.name LIMIT 2) AS n), '')
