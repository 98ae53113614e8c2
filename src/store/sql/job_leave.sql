-- job_leave: jobs; $1 job, $2 tries that do not count, $3 why it has to wait, or NULL
-- Puts a job back for the next worker, behind those that wait already; after a failure, later.
UPDATE job.job AS j SET state = 'waiting', tries = t.tries,
	turn_at = clock_timestamp() + CASE WHEN $3::text IS NULL THEN interval '0'
		ELSE greatest(job.back_off(t.tries), interval '1 second') END,
	report = CASE WHEN $3::text IS NOT NULL THEN jsonb_build_object('reason', $3::text) END
FROM (SELECT id, greatest(tries - $2::integer, 0) AS tries FROM job.job WHERE id = $1::bigint) AS t
WHERE j.id = t.id AND j.state = 'running'
