-- report_forget: jobs; $1 days
-- Removes reports whose time is over; gives how many.
WITH gone AS (
	DELETE FROM trace.report WHERE id IN (
		SELECT id FROM trace.report WHERE at < now() - make_interval(days => $1::integer)
		ORDER BY at LIMIT 1000)
	RETURNING id
)
SELECT count(*) FROM gone
