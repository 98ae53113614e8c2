-- console_papers_state: console; $1 handle of an upload
-- What became of a file that somebody brought: its state, why it was refused, and all of it.
SELECT u.state, coalesce(u.result ->> 'code', ''), jsonb_build_object(
	'upload', u.handle, 'kind', u.kind, 'state', CASE u.state WHEN 'recorded' THEN 'waiting' ELSE u.state END)::text,
	(jsonb_build_object('upload', u.handle) || u.result)::text
FROM trace.upload AS u WHERE u.handle = $1::text::uuid
