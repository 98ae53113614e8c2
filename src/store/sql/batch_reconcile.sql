-- batch_reconcile: console, jobs, operator; $1 batch id, $2 and $3 first and last place or NULL
-- How many codes are in which state, a row a lot.
SELECT r.lot, r.issued, r.provisioned, r.printed, r.commissioned, r.consumed, r.decommissioned, r.blocked,
	r.void, r.destroyed
FROM code.reconcile($1::uuid, $2::bigint, $3::bigint) AS r
