-- job_manifest: console, operator; $1 job
-- What the job made, as JSON, once it is done; no row before, nor for other jobs.
SELECT job.manifest(j)::text FROM job.job AS j
WHERE j.id = $1::bigint AND j.state = 'done' AND j.files_removed_at IS NULL
