-- batch_close: console, jobs, operator; $1 batch id, $2 and $3 first and last place or NULL
SELECT c.voided, to_char(c.closed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM code.close_batch($1::uuid, $2::bigint, $3::bigint) AS c
