-- console_job_cancel: console; $1 job
-- As job_cancel, but only for work of a batch.
SELECT job.cancel_packing($1::bigint)
