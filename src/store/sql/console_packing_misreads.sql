-- console_packing_misreads: console; $1 batch id or '', $2 behind this one, or 0, $3 rows at most
-- What was read on labels and should not have been there, the newest first, with when by the brand's clocks.
SELECT json_build_object('id', m.id, 'gtin', lpad(m.gtin::text, 14, '0'), 'serial', m.serial, 'result', m.result,
	'batch', m.batch_id, 'place', m.place, 'state', m.state, 'times', m.times, 'first_at', job.moment(m.first_at),
	'last_at', job.moment(m.last_at), 'by', m.by)::text, m.id::text, code.local(m.first_at), code.local(m.last_at)
FROM code.misreads(nullif($1::text, '')::uuid, $2::bigint, $3::bigint) AS m
ORDER BY m.id DESC
