-- team_enter: console; $1 "session" or "token", $2 id, $3 SHA-256 of the secret in hexadecimal digits, $4 language
-- Who it is; refuses what is not valid.
SELECT account_id, brand_id, name, roles, brand FROM team.enter($1::text, $2::text, decode($3::text, 'hex'), $4::text)
