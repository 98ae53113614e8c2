-- console_imports_end: console; $1 upload
SELECT json_build_object('id', $1::bigint, 'encoding', job.upload_end($1::bigint))::text
