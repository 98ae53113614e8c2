-- upload_take: jobs
-- The next upload that waits, if there is one; this session has its lock from now on.
SELECT u.id, u.tries, u.kind, u.state = 'recorded', coalesce((u.target ->> 'gtin')::bigint, 0),
	coalesce(u.target ->> 'lot', ''), u.bytes
FROM trace.take_upload() AS u
