-- gtin_know: console, jobs, operator; $1 GTINs
-- Makes sure that readers have a row to hear of them by.
SELECT pub.know_gtins($1::bigint[])
