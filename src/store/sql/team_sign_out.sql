-- team_sign_out: console; $1 id of a session, $2 its SHA-256 (hex)
SELECT team.sign_out($1::text, decode($2::text, 'hex'))
