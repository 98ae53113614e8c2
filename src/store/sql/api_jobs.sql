-- api_jobs: console; $1 only those before this job, 0: from the newest on, $2 batch id or NULL, $3 rows at most
SELECT job.brief(j)::text, j.id FROM job.job AS j
WHERE ($1::bigint = 0 OR j.id < $1::bigint) AND ($2::text IS NULL OR j.batch_id = $2::text::uuid)
ORDER BY j.id DESC LIMIT $3::bigint
