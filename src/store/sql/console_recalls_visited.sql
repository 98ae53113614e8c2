-- console_recalls_visited: console; $1 number, $2 rows at most
-- The codes of its GTINs that were checked most since it began, each a GTIN and a serial, and how often each was.
SELECT v.codes::text, v.visits::text FROM trace.halt AS h CROSS JOIN LATERAL trace.halt_visited(h.id, $2::bigint) AS v
WHERE h.id = $1::bigint
