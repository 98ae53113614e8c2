-- session_begin: console; $1 brand, $2 line, $3 account, each 0 for none; $4 who, $5 name of the address, $6 path an auditor reads or empty, $7 for people: 1, for machines: 0
-- To the end of the transaction: what row security and the rules go by, in whose name it works, and by which clock moments are told.
SELECT base.begin_session($1::bigint, $2::bigint, $3::bigint, $4::text, $5::text),
	CASE WHEN $6::text <> '' THEN audit.note($1::bigint, 'read', $6::text) END,
	CASE WHEN $7::bigint = 1 THEN base.keep_clock($1::bigint) END
