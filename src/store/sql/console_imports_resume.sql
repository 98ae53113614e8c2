-- console_imports_resume: console; $1 upload, $2 bytes that are here already
-- The number of the next part; no row where it is another upload, or not so long.
SELECT u.parts::bigint FROM job.upload AS u WHERE u.id = $1::bigint AND u.size = $2::bigint AND u.encoding IS NULL
