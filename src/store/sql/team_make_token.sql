-- team_make_token: console; $1 id and $2 SHA-256 (hex) of the token, $3 label, $4 days
SELECT team.make_token($1::text, decode($2::text, 'hex'), $3::text, $4::bigint::integer)
