-- job_unlock: jobs
SELECT pg_advisory_unlock_all()
