-- console_recalls_rule: console
SELECT trace.halt_rule_document()::text
