-- job_files: console, jobs, operator; $1 job
-- Its files in order, as far as they are made.
SELECT f.position, f.name, f.media_type, f.size, encode(f.sha256, 'hex'), f.labels, f.first
FROM job.file AS f WHERE f.job = $1::bigint ORDER BY f.position
