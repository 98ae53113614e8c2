-- api_reconciliation: console; $1 batch id, $2 first place or 0, $3 last place or 0
WITH lot AS MATERIALIZED (
	SELECT r.* FROM code.reconcile($1::text::uuid, nullif($2::bigint, 0), nullif($3::bigint, 0)) AS r
)
SELECT json_build_object(
	'batch', $1::text,
	'zone', (SELECT o.time_zone FROM trace.brand AS o WHERE o.id = base.session_brand()),
	'issued', sum(l.issued),
	'open', sum(l.provisioned + l.printed),
	'provisioned', sum(l.provisioned),
	'printed', sum(l.printed),
	'commissioned', sum(l.commissioned),
	'consumed', sum(l.consumed),
	'decommissioned', sum(l.decommissioned),
	'blocked', sum(l.blocked),
	'void', sum(l.void),
	'destroyed', sum(l.destroyed),
	'closed', (SELECT coalesce(json_agg(json_build_object(
			'from', lower(c.positions) + 1,
			'to', upper(c.positions),
			'voided', c.voided,
			'at', to_char(c.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
			'local', code.local(c.at),
			'by', c.by) ORDER BY c.id), '[]')
		FROM code.closing AS c WHERE c.batch_id = $1::text::uuid),
	'lots', json_agg(json_build_object(
		'lot', nullif(l.lot, ''),
		'issued', l.issued,
		'open', l.provisioned + l.printed,
		'provisioned', l.provisioned,
		'printed', l.printed,
		'commissioned', l.commissioned,
		'consumed', l.consumed,
		'decommissioned', l.decommissioned,
		'blocked', l.blocked,
		'void', l.void,
		'destroyed', l.destroyed) ORDER BY l.lot))::text
FROM lot AS l
