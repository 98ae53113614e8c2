-- user_end_pass: operator; $1 account, $2 id of a session or token
SELECT team.end_pass(p.kind, p.id)
FROM (SELECT coalesce((SELECT kind FROM team.pass WHERE id = $2 AND account_id = $1::bigint), 'session') AS kind, $2 AS id) AS p
