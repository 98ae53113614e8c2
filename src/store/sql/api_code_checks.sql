-- api_code_checks: console; $1 $2 $3 $4 $5 printed codes (store/code_list.h), $6 their serials as an array's text
-- What a camera read: the answer for a list and the one for a single code.
WITH one AS (
	SELECT c.line, c.result, json_strip_nulls(json_build_object('line', c.line, 'result', c.result,
		'duplicate', c.result = 'duplicate', 'state', c.state, 'batch', c.batch_id, 'place', c.place,
		'quantity', c.quantity, 'lot', c.lot,
		'seen_at', to_char(c.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'seen_until', to_char(c.seen_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))) AS shown
	FROM code.read_prints(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[]), $6::text::text[]) AS c
)
SELECT json_build_object(
	'printed', count(*) FILTER (WHERE o.result = 'printed'),
	'duplicate', count(*) FILTER (WHERE o.result = 'duplicate'),
	'refused', count(*) FILTER (WHERE o.result = 'refused'),
	'not_known', count(*) FILTER (WHERE o.result IN ('never_issued', 'not_yours', 'malformed')),
	'results', json_agg(o.shown ORDER BY o.line))::text,
	(json_agg(o.shown ORDER BY o.line) -> 0)::text
FROM one AS o
