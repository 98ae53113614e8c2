-- job_end: jobs; $1 job, $2 state, $3 report or NULL
UPDATE job.job SET state = $2::job.state, report = $3::jsonb, ended_at = now()
WHERE id = $1::bigint AND state = 'running'
