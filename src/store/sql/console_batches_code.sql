-- console_batches_code: console; $1 batch id, $2 place in it
-- What a code of the batch is computed from, and what became of it; 404 where there is none that this line may see.
SELECT b.gtin, b.key_id::bigint, b.serial_length::bigint, b.link_stem, b.first, b.quantity, k.wrapped,
	json_build_object('batch', b.id, 'gtin', lpad(b.gtin::text, 14, '0'), 'place', $2::bigint,
		'quantity', b.quantity, 'lot', f.lot, 'state', f.state, 'since', job.moment(f.since),
		'local', code.local(f.since),
	'zone', (SELECT o.time_zone FROM trace.brand AS o WHERE o.id = base.session_brand()), 'reason', f.reason,
		'steps', (SELECT coalesce(json_agg(json_strip_nulls(json_build_object('state', s.state, 'lot', s.lot,
				'at', job.moment(s.at), 'until', job.moment(s.until), 'by', s.by, 'reason', s.reason,
				'local', code.local(s.at))) ORDER BY s.n), '[]')
			FROM code.story_of(f.found, f.gtin, f.first, f.counter, f.serial) AS s))::text
FROM code.places($1::text::uuid, $2::bigint, $2::bigint) AS p
JOIN code.batch AS b ON b.id = p.id JOIN code.serial_key AS k USING (key_id)
CROSS JOIN LATERAL code.find(code.printed_list(ARRAY[b.gtin::bigint], ARRAY[lower(p.counters)], ARRAY[b.key_id::bigint],
	ARRAY[b.serial_length::bigint], ARRAY[''])) AS f
