-- api_labels_order: console; $1 Idempotency-Key, $2 SHA-256 of the request in hexadecimal digits, $3 batch
-- id, $4 label order (JSON)
-- The job that makes the files: made now, or long ago under this key.
SELECT job.line_labels($1::text, decode($2::text, 'hex'), $3::text::uuid, $4::text::jsonb)
