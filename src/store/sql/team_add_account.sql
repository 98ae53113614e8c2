-- team_add_account: console, operator; $1 name, $2 roles {…}, $3 id and $4 SHA-256 (hex) of the link
-- When the link ends.
SELECT team.utc(now() + interval '24 hours') FROM team.add_account($1::text, $2::text::text[], $3::text, decode($4::text, 'hex'))
