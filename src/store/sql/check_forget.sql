-- check_forget: jobs; $1 at most
-- Removes the answers to print checks whose day is over; gives how many. What a line removes at this moment is passed
-- over. By the rows' places, held and never changed: joined by their keys, the whole table would be read.
WITH gone AS (
	DELETE FROM code.check_request WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM code.check_request WHERE at < now() - interval '1 day'
		ORDER BY at LIMIT $1::bigint FOR UPDATE SKIP LOCKED))
	RETURNING asking
)
SELECT count(*) FROM gone
