-- console_imports_cancel: console; $1 upload
SELECT job.upload_cancel($1::bigint)
