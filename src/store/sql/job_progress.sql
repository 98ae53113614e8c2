-- job_progress: jobs; $1 job, $2 done
-- Gives whether it is to be cancelled.
UPDATE job.job SET done = $2::bigint WHERE id = $1::bigint RETURNING cancel_wanted
