-- console_recalls_rule_set: console; $1 1 two persons, 0 one
SELECT trace.halt_set_rule($1::bigint = 1)
