-- job_end: jobs; $1 job, $2 state, $3 report or NULL
-- Who was promised that it stops gets that, however late the word came.
UPDATE job.job SET report = $3::jsonb, ended_at = now(),
	state = CASE WHEN cancel_wanted THEN 'cancelled' ELSE $2::job.state END
WHERE id = $1::bigint AND state = 'running'
