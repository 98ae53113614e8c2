-- code_story: console, jobs, operator; $1 $2 $3 $4 $5 one printed code (store/code_list.h)
-- Where it stands, and what happened to it, a row for each step; one without a step where there was none.
SELECT f.found, lpad(f.gtin::text, 14, '0'), f.batch_id, f.place, f.lot, f.state,
	to_char(f.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), f.reason,
	s.state, s.lot, to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	to_char(s.until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), s.by, s.reason
FROM code.find(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[])) AS f
LEFT JOIN LATERAL code.story_of(f.found, f.gtin, f.first, f.counter, f.serial) AS s ON true
ORDER BY s.n
