-- import_part: jobs; $1 upload, $2 part, $3 encoding
-- A part in UTF-8 and how many bytes it is of the upload; no row behind the last.
SELECT job.upload_text(p.upload, p.part, $3), length(p.bytes)
FROM job.upload_part AS p WHERE p.upload = $1::bigint AND p.part = $2::integer
