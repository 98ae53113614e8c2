-- job_file_add: jobs; $1 job, $2 position, $3 name, $4 media type, $5 size, $6 SHA-256, $7 labels, $8 seq
-- of its first code
INSERT INTO job.file (job, position, brand_id, name, media_type, size, sha256, labels, first)
SELECT j.id, $2::integer, j.brand_id, $3, $4, $5::bigint, $6::bytea, $7::bigint, $8::bigint
FROM job.job AS j WHERE j.id = $1::bigint
