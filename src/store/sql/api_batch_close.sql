-- api_batch_close: console; $1 batch id, $2 first place or 0, $3 last place or 0
SELECT json_build_object(
	'batch', $1::text,
	'voided', c.voided,
	'closed_at', to_char(c.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))::text
FROM code.close_batch($1::text::uuid, nullif($2::bigint, 0), nullif($3::bigint, 0)) AS c
