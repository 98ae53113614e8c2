-- check_forget: jobs; $1 at most
-- Removes the answers to print checks whose day is over; gives how many. What a line removes at this moment is passed
-- over.
WITH old AS (
	SELECT asking, key FROM code.check_request WHERE at < now() - interval '1 day'
	ORDER BY at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM code.check_request AS r USING old WHERE r.asking = old.asking AND r.key = old.key
	RETURNING r.asking
)
SELECT count(*) FROM gone
