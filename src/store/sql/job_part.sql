-- job_part: console, jobs, operator; $1 job, $2 position of the file, $3 part
SELECT p.bytes FROM job.file_part AS p
WHERE p.job = $1::bigint AND p.position = $2::integer AND p.part = $3::integer
