-- console_imports_remove: console; $1 upload
SELECT json_build_object('id', $1::bigint, 'removed', true)::text FROM job.upload_remove($1::bigint)
