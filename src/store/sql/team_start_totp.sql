-- team_start_totp: console; $1 hash of the password that was verified, $2 secret as it is kept (hex) whose code was
-- verified, $3 its time step, $4 SHA-256 of the recovery codes, {hex,…}
SELECT team.start_totp($1::text, decode($2::text, 'hex'), $3::bigint, $4::text::text[])
