-- recall_list: console, jobs, operator
SELECT lpad(gtin::text, 14, '0'), lot, to_char(started_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	coalesce(to_char(ended_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ''), reason, evidence, decided_by
FROM trace.recall
ORDER BY started_at, id
