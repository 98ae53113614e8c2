-- links_lock: operator; $1 GTINs as the text of an array
-- Until the transaction ends, in the one order in which everybody takes them: two who put links of several GTINs
-- wait for one another, never both.
SELECT pub.lock_gtins($1::text::bigint[])
