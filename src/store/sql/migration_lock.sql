-- migration_lock: operator; $1 lock's number
SELECT pg_advisory_lock($1)
