-- team_stop_totp: console; $1 time step of the code, $2 or SHA-256 of a recovery code (hex) or empty
SELECT team.stop_totp($1::bigint, decode(nullif($2::text, ''), 'hex'))
