-- api_code_between: console; $1 $2 $3 $4 $5 the first and the last code as printed, $6 state, $7 reason or NULL
SELECT json_build_object('state', $6::text, 'changed', c.changed, 'already', c.already, 'refused', c.refused,
	'refusing', c.refusing)::text
FROM code.change_between(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[]), $6::text::code.state, code.words($7::text)) AS c
