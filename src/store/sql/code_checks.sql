-- code_checks: console, jobs, operator; $1 $2 $3 $4 $5 printed codes (store/code_list.h), $6 their serials
-- What the camera of a line read: a row for each, in order. What should not have been read is written down.
SELECT c.line, c.result, c.state, c.batch_id, c.place, c.lot,
	to_char(c.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	to_char(c.seen_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM code.read_prints(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[]), $6::text::text[]) AS c
