-- api_code_query: console; $1 $2 $3 $4 $5 one printed code (store/code_list.h)
-- Where it stands and what happened to it.
SELECT f.found, json_build_object(
	'gtin', lpad(f.gtin::text, 14, '0'),
	'batch', f.batch_id,
	'place', f.place,
	'lot', f.lot,
	'state', f.state,
	'since', to_char(f.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	'reason', f.reason,
	'steps', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
			'state', s.state,
			'lot', s.lot,
			'at', to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
			'until', to_char(s.until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
			'by', s.by,
			'reason', s.reason)) ORDER BY s.n), '[]')
		FROM code.story_of(f.found, f.gtin, f.first, f.counter, f.serial) AS s))::text
FROM code.find(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[])) AS f
