-- console_records_correct: console; $1 kind, $2 number of the record, $3 what it says now (JSON)
-- The record that counts now, and the job that makes public documents anew.
SELECT json_build_object('kind', $1::text, 'id', r.id, 'corrects', CASE WHEN r.id <> $2::bigint THEN $2::bigint END,
	'job', CASE WHEN r.id <> $2::bigint THEN trace.follow_record($1::text, r.id) END)::text, r.id
FROM trace.record_correct($1::text, $2::bigint, $3::text::jsonb) AS r(id)
