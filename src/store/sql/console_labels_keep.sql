-- console_labels_keep: console; $1 design id, or NULL for a new one, $2 name, $3 document (JSON), $4 the version
-- that was changed, or 0
SELECT k.shown::text, k.id::text
FROM code.keep_design($1::text::uuid, $2::text, $3::text::jsonb, nullif($4::bigint, 0)::integer) AS k
