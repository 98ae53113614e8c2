-- console_look_no_logo: console
SELECT json_build_object('saved', true)::text FROM trace.remove_logo()
