-- team_sign_in_code: console; $1 ticket, $2 its SHA-256 (hex), $3 time step of the code, $4 or SHA-256 of a recovery
-- code (hex) or empty, $5 id and $6 SHA-256 of the new session, $7 and $8 seconds it lasts at most and unused, $9 the
-- secret sealed (hex) where it stood in the clear, else empty
SELECT team.sign_in_code($1::text, decode($2::text, 'hex'), $3::bigint, decode(nullif($4::text, ''), 'hex'), $5::text,
	decode($6::text, 'hex'), make_interval(secs => $7::bigint), make_interval(secs => $8::bigint),
	decode(nullif($9::text, ''), 'hex'))
