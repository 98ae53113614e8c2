-- console_fields_schedule: console; $1 GTIN or 0, $2 version seen or NULL, $3 local time, $4 time zone or ''
SELECT trace.schedule_draft($1::bigint, $2::text::integer, $3::text, $4::text)::text
