-- console_fields_save: console; $1 GTIN or 0, $2 version seen or NULL, $3 choices
SELECT trace.save_draft($1::bigint, $2::text::integer, $3::text::jsonb)::text
