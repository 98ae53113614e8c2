-- team_sign_in: console; $1 account, $2 its hash that was verified, $3 id and $4 SHA-256 (hex) of the new session, $5
-- browser, $6 address, $7 and $8 seconds it lasts at most and unused
SELECT team.sign_in($1::bigint, $2::text, $3::text, decode($4::text, 'hex'), $5::text, $6::text::inet,
	make_interval(secs => $7::bigint), make_interval(secs => $8::bigint))
