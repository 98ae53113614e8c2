-- console_look_set: console; $1 what changes, as JSON
-- Refused with the field, or public with the commit.
SELECT json_build_object('saved', true)::text FROM trace.set_look($1::text::jsonb)
