-- recall_decline: console, operator; $1 number, $2 why
SELECT trace.halt_decline($1::bigint, $2::text)
