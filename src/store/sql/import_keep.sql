-- import_keep: jobs; $1 job, $2 dry run, $3 records, $4 refused, $5 added, $6 corrected, $7 unchanged, $8 GTINs
-- touched, $9 the first refusals (JSON), $10 all of them (CSV) or NULL
-- What an import came to, in its own transaction; no row where it is to be cancelled.
WITH held AS (
	UPDATE job.job AS j SET kept = NOT $2::boolean WHERE j.id = $1::bigint AND NOT j.cancel_wanted
	RETURNING j.id, j.brand_id, j.upload
)
INSERT INTO job.import AS i (job, brand_id, upload, dry_run, records, refused, added, corrected, unchanged, recorded,
	touched, refusals, report)
SELECT h.id, h.brand_id, h.upload, $2::boolean, $3::bigint, $4::bigint, $5::bigint, $6::bigint, $7::bigint,
	NOT $2::boolean, $8::bigint[], $9::jsonb, $10::bytea FROM held AS h
ON CONFLICT (job) DO UPDATE SET records = EXCLUDED.records, refused = EXCLUDED.refused, added = EXCLUDED.added,
	corrected = EXCLUDED.corrected, unchanged = EXCLUDED.unchanged, touched = EXCLUDED.touched,
	refusals = EXCLUDED.refusals, report = EXCLUDED.report
RETURNING job
