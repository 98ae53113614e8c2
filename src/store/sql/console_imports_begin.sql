-- console_imports_begin: console; $1 name of the file
SELECT job.upload_begin($1::text)
