-- change_foreign: console, jobs, operator; $1 GTIN, $2 serials, $3 state, $4 reason or NULL
-- A step of serials made elsewhere, one row for each.
SELECT c.serial, c.old::text, c.outcome
FROM code.change_foreign($1::bigint, $2::text[], $3::code.state, $4::jsonb) AS c
