-- job_part_add: jobs; $1 job, $2 position of the file, $3 part, $4 bytes
INSERT INTO job.file_part (job, position, part, brand_id, bytes)
SELECT j.id, $2::integer, $3::integer, j.brand_id, $4::bytea FROM job.job AS j WHERE j.id = $1::bigint
