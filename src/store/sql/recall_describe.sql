-- recall_describe: console, operator; $1 number, $2 severity or NULL, $3 1 shown, 0 not, $4 reason, $5 what to do, $6 evidence
SELECT trace.halt_describe($1::bigint, $2::text, $3::bigint = 1, $4::text, $5::text, $6::text)
