-- links_record: operator; $1 GTIN, $2 lot or '', $3 serial or '', $4 links as JSON, $5 where they come from
-- What is public stays as it is until links_publish.
SELECT l.added, l.changed, l.same FROM trace.record_links($1::bigint, $2, $3, $4::jsonb, $5) AS l
