-- api_code_steps: console; $1 $2 $3 $4 $5 printed codes (store/code_list.h), $6 state, $7 reason or NULL
-- Steps of single codes: the answer for a list, the one for a single code, and that code's result and state.
WITH one AS (
	SELECT s.line, s.result, s.was, json_strip_nulls(json_build_object('line', s.line, 'result', s.result,
		'was', s.was, 'state', CASE WHEN s.result IN ('changed', 'already') THEN $6::text ELSE s.was::text END,
		'batch', s.batch_id, 'place', s.place, 'lot', s.lot)) AS shown
	FROM code.take_steps(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[]), $6::text::code.state, code.words($7::text)) AS s
)
SELECT json_build_object(
	'state', $6::text,
	'changed', count(*) FILTER (WHERE o.result = 'changed'),
	'already', count(*) FILTER (WHERE o.result = 'already'),
	'refused', count(*) FILTER (WHERE o.result IN ('refused', 'held')),
	'not_known', count(*) FILTER (WHERE o.result IN ('never_issued', 'not_yours', 'malformed')),
	'results', json_agg(o.shown ORDER BY o.line))::text,
	(json_agg(o.shown ORDER BY o.line) -> 0)::text, min(o.result), min(o.was::text)
FROM one AS o
