-- team_make_token: console; $1 hash of the password that was verified, $2 id and $3 SHA-256 (hex) of the token, $4
-- label, $5 days
SELECT team.make_own_token($1::text, $2::text, decode($3::text, 'hex'), $4::text, $5::bigint::integer)
