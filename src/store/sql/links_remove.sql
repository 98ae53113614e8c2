-- links_remove: console, jobs, operator; $1 GTIN, $2 lot or '', $3 serial or '', $4 type, $5 address, $6 languages,
-- $7 media type, $8 context (each NULL: any), $9 who asks
SELECT trace.remove_links($1::bigint, $2, $3, $4, $5, $6, $7, $8, $9)
