-- job_pin: jobs; $1 job, $2 what its files depend on besides the order
-- Gives whether it begins anew: what was made so far was made with something else.
SELECT job.pin($1::bigint, $2)
