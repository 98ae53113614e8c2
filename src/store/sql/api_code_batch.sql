-- api_code_batch: console; $1 batch id, $2 state, $3 reason or NULL, $4 first place or 0, $5 last place or 0
SELECT json_build_object('state', $2::text, 'changed', c.changed, 'already', c.already, 'refused', c.refused,
	'refusing', c.refusing)::text
FROM code.change_batch($1::text::uuid, nullif($4::bigint, 0), nullif($5::bigint, 0), $2::text::code.state,
	code.words($3::text)) AS c
