-- console_papers_upload: console; $1 logo, photo or paper, $2 what it is to be, as JSON, $3 the file
SELECT trace.add_upload($1::text, $2::text::jsonb, $3::bytea)::text
