-- recall_lift: console, operator; $1 number, $2 why
SELECT trace.halt_lift($1::bigint, $2::text)
