-- console_look_restore: console; $1 version, or 0 for the one before
SELECT json_build_object('saved', true)::text FROM trace.restore_look(nullif($1::bigint, 0))
