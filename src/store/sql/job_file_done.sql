-- job_file_done: jobs; $1 job, $2 kinds
-- The last statement of a file's transaction. Gives whether the job is to be cancelled, whether another
-- waits for its turn, and whether the files of its brand, this one aside, take all the room they may.
UPDATE job.job AS j SET tries = 0, report = NULL,
	done = (SELECT sum(f.labels) FROM job.file AS f WHERE f.job = j.id),
	bytes = (SELECT sum(f.size) FROM job.file AS f WHERE f.job = j.id)
WHERE j.id = $1::bigint
RETURNING j.cancel_wanted, EXISTS (SELECT FROM job.job AS o WHERE o.state = 'waiting'
	AND o.turn_at <= now() AND o.kind = ANY ($2::text[])),
	(SELECT h.bytes FROM job.held(j.brand_id) AS h) >= job.bytes_most()
