-- console_fields_publish: console; $1 GTIN or 0, $2 version seen or NULL
SELECT d::text, d ->> 'job', d ->> 'at_once' FROM trace.publish_draft($1::bigint, $2::text::integer) AS d
