-- console_fields_project: console; $1 GTIN or 0, $2 job
SELECT trace.project_at_once($1::bigint, $2::text::bigint)::text
