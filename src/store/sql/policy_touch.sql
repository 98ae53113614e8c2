-- policy_touch: console, jobs, operator; $1 GTIN
-- Touches all whose documents say something of it.
SELECT pub.touch(trace.with_products_made_of(ARRAY[$1::bigint]))
