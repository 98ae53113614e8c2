-- console_imports_map: console; $1 upload, $2 mapping (JSON), $3 profile, $4 name to save it under or ''
SELECT json_build_object('id', $1::bigint, 'dry_run', true,
	'job', job.upload_map($1::bigint, $2::text::jsonb, $3::text, $4::text))::text
