-- console_recalls_sheet: console; $1 number
SELECT trace.halt_sheet(h)::text FROM trace.halt AS h WHERE h.id = $1::bigint
