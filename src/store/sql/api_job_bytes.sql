-- api_job_bytes: console; $1 job, $2 position of the file, $3 part, $4 from this byte of it (from 0), $5 bytes
-- at most
SELECT substring(p.bytes FROM ($4::bigint + 1)::integer FOR $5::bigint::integer)
FROM job.file_part AS p
WHERE p.job = $1::bigint AND p.position = $2::bigint::integer AND p.part = $3::bigint::integer
