-- change_batch: console, jobs, operator; $1 batch id, $2 state, $3 reason or NULL
-- A step of every code of a batch; no row when there is no such batch.
SELECT c.changed, c.refused, c.refusing
FROM code.batch AS b
CROSS JOIN LATERAL code.change_run(b.gtin, b.first, b.first + b.quantity - 1, $2::code.state, $3::jsonb) AS c
WHERE b.id = $1::uuid
