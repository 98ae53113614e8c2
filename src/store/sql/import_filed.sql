-- import_filed: jobs; $1 job
-- Its refusals are a file now.
UPDATE job.import SET report = NULL WHERE job = $1::bigint
