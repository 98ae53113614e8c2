-- links_lock: operator; $1 GTINs as the text of an array
-- Until the transaction ends, in the one order in which everybody takes them: two who write links of several GTINs
-- wait for one another, never both.
SELECT trace.lock_links($1::text::bigint[])
