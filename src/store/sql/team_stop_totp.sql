-- team_stop_totp: console; $1 hash of the password that was verified, $2 time step of the code, $3 or SHA-256 of a
-- recovery code (hex) or empty
SELECT team.stop_totp($1::text, $2::bigint, decode(nullif($3::text, ''), 'hex'))
