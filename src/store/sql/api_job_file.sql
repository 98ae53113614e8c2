-- api_job_file: console; $1 job, $2 name of the file
SELECT f.position::bigint, f.size, encode(f.sha256, 'hex'), f.media_type
FROM job.file AS f WHERE f.job = $1::bigint AND f.name = $2::text
