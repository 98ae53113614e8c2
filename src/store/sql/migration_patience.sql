-- migration_patience: operator; $1 how often the migration was tried
-- How long a statement of a migration waits for a lock. Whoever asks for the table meanwhile waits behind it, and a
-- lookup gives up after a second (database_deadline_ms). A vacuum gives way, but only to who has waited for
-- deadlock_timeout: while something of that kind is at work, every tenth try is for it.
SELECT set_config('lock_timeout', CASE WHEN $1::bigint % 10 = 9 AND EXISTS (
	SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
	WHERE d.datname = current_database() AND l.locktype = 'relation' AND l.mode = 'ShareUpdateExclusiveLock'
		AND l.granted AND l.pid <> pg_backend_pid())
	THEN (extract(epoch FROM current_setting('deadlock_timeout')::interval) * 1000)::integer + 500
	ELSE 500 END::text, false)
