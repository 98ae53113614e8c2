-- console_records_withdraw: console; $1 kind, $2 number of the record
SELECT json_build_object('kind', $1::text, 'id', r.id, 'corrects', $2::bigint, 'withdrawn', true,
	'job', trace.follow_record($1::text, r.id))::text, r.id
FROM trace.record_withdraw($1::text, $2::bigint) AS r(id)
