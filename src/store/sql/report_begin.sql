-- report_begin: jobs
-- The oldest report that waits, its try counted, if this session has the right to take them or gets it now;
-- at most one does, until it ends or lets go.
UPDATE inbox.report SET tries = tries + 1
WHERE id = (SELECT w.id FROM (SELECT r.id FROM inbox.report AS r ORDER BY r.id LIMIT 1) AS w
	WHERE pg_try_advisory_lock(x'7265706f7274'::bigint))
RETURNING id, tries, photo
