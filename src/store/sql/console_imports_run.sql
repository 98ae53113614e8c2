-- console_imports_run: console; $1 upload, $2 dry run: 1, else 0
SELECT json_build_object('id', $1::bigint, 'dry_run', $2::bigint = 1,
	'job', job.order_import($1::bigint, $2::bigint = 1))::text
