-- line_session: console; $1 brand, $2 line; each 0 for none
-- To the end of the transaction: what row security and the rules of lines go by.
SELECT set_config('suyuan.brand', coalesce(nullif($1::bigint, 0)::text, ''), true),
	set_config('suyuan.line', coalesce(nullif($2::bigint, 0)::text, ''), true)
