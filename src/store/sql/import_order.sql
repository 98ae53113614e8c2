-- import_order: jobs; $1 job
-- Whose it is, and what it came to when it was worked on before.
SELECT b.slug, coalesce(i.recorded, false), array_to_string(i.touched, ','), i.report
FROM job.job AS j JOIN trace.brand AS b ON b.id = j.brand_id LEFT JOIN job.import AS i ON i.job = j.id
WHERE j.id = $1::bigint
