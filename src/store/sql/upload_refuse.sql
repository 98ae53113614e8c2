-- upload_refuse: jobs; $1 upload, $2 why, a code of src/web/messages.def
SELECT trace.refuse_upload($1::bigint, $2)
