-- page_batch: console; $1 batch id, $2 behind this event, or 0
-- What the console's page of a batch says: the batch, what became of its codes and when, its newest jobs.
WITH r AS MATERIALIZED (
	SELECT t.* FROM code.reconcile($1::text::uuid, NULL, NULL) AS t
)
SELECT json_build_object(
	'id', b.id,
	'gtin', lpad(b.gtin::text, 14, '0'),
	'lot', coalesce(b.lot, ''),
	'lots_since', (SELECT string_agg(nullif(r.lot, ''), ', ' ORDER BY r.lot) FROM r WHERE b.lot IS NULL),
	'lots', (SELECT coalesce(json_agg(l), '[]') FROM code.lots_offered(b.gtin) AS l WHERE b.lot IS NULL),
	'quantity', b.quantity,
	'product', b.product,
	'state', code.batch_state(b),
	'made', code.local(b.made_at),
	'zone', (SELECT o.time_zone FROM trace.brand AS o WHERE o.id = base.session_brand()),
	'by', b.made_by,
	'pins', coalesce(pub.pin_digits(b.gtin, b.first), 0),
	'closings', (SELECT coalesce(json_agg(json_build_object('local', code.local(c.at), 'by', c.by, 'voided', c.voided,
			'from', lower(c.positions) + 1, 'to', upper(c.positions)) ORDER BY c.id), '[]')
		FROM code.closing AS c WHERE c.batch_id = b.id),
	'states', (SELECT json_build_object(
			'provisioned', sum(r.provisioned), 'printed', sum(r.printed),
			'commissioned', sum(r.commissioned), 'consumed', sum(r.consumed),
			'decommissioned', sum(r.decommissioned), 'blocked', sum(r.blocked),
			'void', sum(r.void), 'destroyed', sum(r.destroyed)) FROM r),
	'open', (SELECT sum(r.provisioned + r.printed) FROM r),
	'designs', (SELECT coalesce(json_agg(json_build_object('id', d.id, 'name', d.name) ORDER BY d.name, d.id), '[]')
		FROM code.label_design AS d WHERE d.ended_at IS NULL),
	'events', (SELECT coalesce(json_agg(json_build_object('line', e.line, 'local', e.local) ORDER BY e.id DESC), '[]')
		FROM code.batch_events(b, $2::bigint, 21) AS e),
	'jobs', (SELECT coalesce(json_agg(job.brief(j)), '[]') FROM (
		SELECT * FROM job.job AS j WHERE j.batch_id = b.id ORDER BY j.id DESC LIMIT 20) AS j))::text
FROM code.batch AS b
WHERE b.id = $1::text::uuid AND code.line_sees(b.gtin)
