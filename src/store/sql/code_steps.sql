-- code_steps: console, jobs, operator; $1 $2 $3 $4 $5 printed codes (store/code_list.h), $6 state, $7 reason or NULL
-- Steps of single codes: a row for each, in order.
SELECT s.line, s.result, s.was, s.batch_id, s.place, s.lot
FROM code.take_steps(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[]), $6::text::code.state, code.words($7::text)) AS s
