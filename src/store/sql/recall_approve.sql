-- recall_approve: console, operator; $1 number, $2 what is approved, start or lift, or ''
SELECT trace.halt_approve($1::bigint, $2::text)
