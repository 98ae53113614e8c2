-- user_passes: operator; $1 account
SELECT p.id, p.kind, p.label, coalesce(host(p.address), ''), team.utc(p.made_at), team.utc(p.seen_at), team.utc(p.ends_at)
FROM team.pass AS p
WHERE p.account_id = $1::bigint AND p.kind IN ('session', 'token') AND p.ended_at IS NULL AND p.ends_at > now()
	AND p.seen_at + p.idle > now()
ORDER BY p.made_at DESC, p.id
