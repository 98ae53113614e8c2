-- console_recalls_visited: console; $1 number, $2 rows at most
-- The codes of its GTINs that were checked most since it began: [[GTIN, serial, visits], ...].
SELECT trace.halt_visited(h.id, $2::bigint)::text FROM trace.halt AS h WHERE h.id = $1::bigint
