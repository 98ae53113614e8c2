-- change_batch: console, jobs, operator; $1 batch id, $2 state, $3 reason or NULL, $4 and $5 first and last
-- place or NULL
SELECT c.changed, c.refused, c.refusing, c.already
FROM code.change_batch($1::uuid, $4::bigint, $5::bigint, $2::text::code.state,
	code.words($3::text)) AS c
