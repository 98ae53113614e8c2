-- page_batch: console; $1 batch id
-- What the console's page of a batch says: the batch, what became of its codes, its newest jobs.
SELECT json_build_object(
	'id', b.id,
	'gtin', lpad(b.gtin::text, 14, '0'),
	'lot', coalesce(b.lot, ''),
	'lots_since', (SELECT string_agg(nullif(r.lot, ''), ', ' ORDER BY r.lot)
		FROM code.reconcile(b.id, NULL, NULL) AS r WHERE b.lot IS NULL),
	'quantity', b.quantity,
	'product', b.product,
	'made', to_char(b.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC',
	'by', b.made_by,
	'closed', (SELECT string_agg(to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC', ', ' ORDER BY c.id)
		FROM code.closing AS c WHERE c.batch_id = b.id),
	'states', (SELECT json_build_object(
			'provisioned', sum(r.provisioned), 'printed', sum(r.printed),
			'commissioned', sum(r.commissioned), 'consumed', sum(r.consumed),
			'decommissioned', sum(r.decommissioned), 'blocked', sum(r.blocked),
			'void', sum(r.void), 'destroyed', sum(r.destroyed))
		FROM code.reconcile(b.id, NULL, NULL) AS r),
	'designs', (SELECT coalesce(json_agg(json_build_object('id', d.id, 'name', d.name) ORDER BY d.name, d.id), '[]')
		FROM code.label_design AS d WHERE d.ended_at IS NULL),
	'jobs', (SELECT coalesce(json_agg(job.brief(j)), '[]') FROM (
		SELECT * FROM job.job AS j WHERE j.batch_id = b.id ORDER BY j.id DESC LIMIT 20) AS j))::text
FROM code.batch AS b
WHERE b.id = $1::text::uuid AND code.line_sees(b.gtin)
