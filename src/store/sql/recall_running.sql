-- recall_running: operator; $1 kinds, with commas between them, $2 GTIN, $3 lot or '' for the whole product
-- The running one that was chosen so.
SELECT h.id::text FROM trace.halt AS h
WHERE h.state = 'running' AND h.kind = ANY (string_to_array($1::text, ','))
	AND h.choice ->> 'gtin' = lpad($2::bigint::text, 14, '0')
	AND CASE WHEN $3::text = '' THEN h.choice ->> 'by' = 'product' ELSE h.choice -> 'lots' = jsonb_build_array($3::text) END
ORDER BY h.id DESC LIMIT 1
