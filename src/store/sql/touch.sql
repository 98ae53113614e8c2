-- touch: console, jobs, operator; $1 GTINs
-- Every lookup worker drops what it holds of them, once the transaction is committed.
SELECT pub.touch($1::bigint[])
