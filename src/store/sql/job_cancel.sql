-- job_cancel: operator; $1 job
-- Gives the state it has now: "running" where its worker is about to see it.
SELECT job.cancel($1::bigint)
