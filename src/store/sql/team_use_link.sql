-- team_use_link: console; $1 id of a link, $2 its SHA-256 (hex), $3 hash of the new password, $4 id and $5 SHA-256 of
-- the new session, $6 browser, $7 address, $8 and $9 seconds it lasts at most and unused
SELECT team.use_link($1::text, decode($2::text, 'hex'), $3::text, $4::text, decode($5::text, 'hex'), $6::text,
	$7::text::inet, make_interval(secs => $8::bigint), make_interval(secs => $9::bigint))
