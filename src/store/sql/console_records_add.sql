-- console_records_add: console; $1 kind, $2 what it says (JSON)
-- The new record, and the job that makes public documents anew.
SELECT json_build_object('kind', $1::text, 'id', r.id, 'job', trace.follow_record($1::text, r.id))::text, r.id
FROM trace.record_add($1::text, $2::text::jsonb) AS r(id)
