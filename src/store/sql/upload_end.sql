-- upload_end: jobs; $1 upload whose document is made
SELECT trace.end_upload($1::bigint)
