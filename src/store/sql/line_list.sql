-- line_list: operator; $1 brand id, or 0 for all
SELECT b.slug, l.name, coalesce(array_to_string(l.gtins, ' '), ''), l.requests_per_minute, l.codes_per_day,
	coalesce((SELECT d.codes FROM code.line_day AS d
		WHERE d.line_id = l.id AND d.day = pub.day_at(now(), trace.clock_of(l.brand_id))), 0),
	coalesce((SELECT string_agg(k.id || coalesce(' until '
			|| to_char(k.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''), ', '
			ORDER BY k.made_at)
		FROM code.line_key AS k WHERE k.line_id = l.id AND k.revoked_at IS NULL
			AND (k.expires_at IS NULL OR k.expires_at > now())), '')
FROM code.line AS l JOIN trace.brand AS b ON b.id = l.brand_id
WHERE $1::bigint IN (0, l.brand_id)
ORDER BY b.slug, l.name
