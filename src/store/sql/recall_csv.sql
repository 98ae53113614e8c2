-- recall_csv: console, operator; $1 number
SELECT trace.halt_list(h.id) FROM trace.halt AS h WHERE h.id = $1::bigint
