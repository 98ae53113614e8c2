-- report_let_go: jobs
SELECT pg_advisory_unlock_all()
