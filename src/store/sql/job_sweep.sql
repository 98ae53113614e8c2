-- job_sweep: jobs; $1 days, $2 files at most
-- Gives how many files were removed.
SELECT job.sweep($1::integer, $2::integer)
