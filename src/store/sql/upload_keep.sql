-- upload_keep: jobs; $1 upload, $2 media type, $3 bytes that may be shown, $4 width and $5 height of a picture, else 0
SELECT trace.keep_upload($1::bigint, $2, $3::bytea, nullif($4::integer, 0), nullif($5::integer, 0))
