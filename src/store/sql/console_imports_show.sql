-- console_imports_show: console; $1 upload, $2 name of a saved mapping or ''
-- What it is and came to; its beginning in UTF-8; the saved mappings, and the one that was asked for.
SELECT job.upload_show(u)::text, substring(job.upload_text(u.id, 0, coalesce(u.mapping ->> 'encoding', u.encoding)) FOR 131072),
	(SELECT coalesce(json_agg(p.name ORDER BY p.name), '[]')::text FROM trace.import_profile AS p
		WHERE p.brand_id = base.session_brand()),
	(SELECT p.mapping::text FROM trace.import_profile AS p
		WHERE p.brand_id = base.session_brand() AND p.name = $2::text)
FROM job.upload AS u WHERE u.id = $1::bigint
