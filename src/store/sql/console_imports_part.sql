-- console_imports_part: console; $1 upload, $2 part, $3 bytes, $4 signs of UTF-8 in it, $5 bytes that are none
SELECT job.upload_add($1::bigint, $2::bigint, $3::bytea, $4::bigint, $5::bigint)
