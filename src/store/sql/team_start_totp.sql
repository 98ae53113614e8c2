-- team_start_totp: console; $1 secret (hex) whose code was verified, $2 its time step, $3 SHA-256 of the recovery
-- codes, {hex,…}
SELECT team.start_totp(decode($1::text, 'hex'), $2::bigint, $3::text::text[])
