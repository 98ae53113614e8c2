-- team_make_link: console, operator; $1 account, $2 id and $3 SHA-256 (hex) of the link
-- When it ends.
SELECT team.utc(now() + interval '24 hours') FROM team.make_link($1::bigint, $2::text, decode($3::text, 'hex'))
