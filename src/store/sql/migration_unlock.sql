-- migration_unlock: operator; $1 lock's number
SELECT pg_advisory_unlock($1)
