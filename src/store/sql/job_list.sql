-- job_list: console, operator; $1 only those before this job, 0: from the newest on, $2 rows at most
SELECT j.id, job.brief(j)::text, j.state, j.kind, coalesce(j.batch_id::text, ''), j.done, coalesce(j.total, 0),
	to_char(j.made_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM job.job AS j WHERE $1::bigint = 0 OR j.id < $1::bigint
ORDER BY j.id DESC LIMIT $2::integer
