-- console_fields_unschedule: console; $1 job
SELECT trace.unschedule_fields($1::bigint)::text
