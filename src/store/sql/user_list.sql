-- user_list: operator; $1 brand id, or 0 for all
SELECT b.slug, a.name, array_to_string(a.roles, ','), coalesce(s.password IS NOT NULL, false), s.totp_at IS NOT NULL,
	coalesce(team.utc((SELECT max(p.seen_at) FROM team.pass AS p
		WHERE p.account_id = a.id AND p.kind IN ('session', 'token'))), ''),
	coalesce(team.utc(a.ended_at), '')
FROM team.account AS a JOIN trace.brand AS b ON b.id = a.brand_id LEFT JOIN team.secret AS s ON s.account_id = a.id
WHERE $1::bigint IN (0, a.brand_id)
ORDER BY b.slug, a.ended_at IS NOT NULL, a.name
