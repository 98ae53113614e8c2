-- change_item: console, jobs, operator; $1 GTIN, $2 counter, $3 state, $4 reason or NULL
SELECT c.changed, c.refused, c.refusing
FROM code.change_item($1::bigint, $2::bigint, $3::code.state, $4::jsonb) AS c
