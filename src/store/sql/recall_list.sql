-- recall_list: operator; $1 kinds, with commas between them
SELECT h.id::text, h.kind, trace.halt_standing(h), coalesce(h.choice ->> 'gtin', ''),
	coalesce((SELECT string_agg(l, ', ') FROM jsonb_array_elements_text(h.choice -> 'lots') AS l), ''),
	coalesce(job.moment(h.started_at), ''), coalesce(job.moment(h.ended_at), ''), h.reason::text, h.evidence,
	h.counted_by, h.counted ->> 'codes', h.choice::text
FROM trace.halt AS h
WHERE h.kind = ANY (string_to_array($1::text, ','))
ORDER BY h.id
