-- console_imports_refused: console; $1 upload, $2 job
SELECT j.id FROM job.job AS j WHERE j.upload = $1::bigint AND j.id = $2::bigint
