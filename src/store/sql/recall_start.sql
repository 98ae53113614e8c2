-- recall_start: console, operator; $1 number, $2 SHA-256 of the list as it was seen, or ''
SELECT trace.halt_start($1::bigint, $2::text)
