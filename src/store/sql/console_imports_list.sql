-- console_imports_list: console; $1 cursor or 0, $2 rows
SELECT json_build_object('id', u.id, 'name', u.name, 'size', u.size, 'encoding', u.encoding,
	'made_at', job.moment(u.made_at), 'by', u.made_by, 'kind', u.mapping -> 'record',
	'state', (SELECT j.state FROM job.job AS j WHERE j.upload = u.id ORDER BY j.id DESC LIMIT 1))::text, u.id::text
FROM job.upload AS u
WHERE u.brand_id = base.session_brand() AND ($1::bigint = 0 OR u.id < $1::bigint)
ORDER BY u.brand_id DESC, u.id DESC LIMIT $2::bigint
