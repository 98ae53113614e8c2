-- api_code_query: console; $1 $2 $3 $4 $5 one printed code (store/code_list.h), $6 its serial
-- Where it stands and what happened to it, and what its address begins with.
SELECT f.found, json_build_object(
	'gtin', lpad(f.gtin::text, 14, '0'),
	'serial', $6::text,
	'batch', f.batch_id,
	'place', f.place,
	'quantity', f.quantity,
	'lot', f.lot,
	'state', f.state,
	'since', job.moment(f.since),
	'local', code.local(f.since),
	'zone', (SELECT o.time_zone FROM trace.brand AS o WHERE o.id = base.session_brand()),
	'reason', f.reason,
	'steps', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('state', s.state, 'lot', s.lot,
			'at', job.moment(s.at), 'until', job.moment(s.until), 'by', s.by, 'reason', s.reason,
			'local', code.local(s.at))) ORDER BY s.n), '[]')
		FROM code.story_of(f.found, f.gtin, f.first, f.counter, f.serial) AS s))::text, b.link_stem
FROM code.find(code.printed_list($1::text::bigint[], $2::text::bigint[], $3::text::bigint[],
	$4::text::bigint[], $5::text::text[])) AS f
LEFT JOIN code.batch AS b ON b.id = f.batch_id
