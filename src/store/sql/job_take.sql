-- job_take: jobs; $1 kinds, $2 who takes it
-- The job whose turn it is, locked by this session and "running", or no row.
SELECT t.id, t.kind, t.arguments::text, t.done, t.total, t.tries, t.cancel_wanted,
	(SELECT count(*) FROM job.file AS f WHERE f.job = t.id)
FROM job.take($1::text[], $2) AS t
