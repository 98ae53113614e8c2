-- job_show: console, operator; $1 job
-- One job as people and programs see it, as JSON; no row when there is none.
SELECT job.show(j) FROM job.job AS j WHERE j.id = $1::bigint
