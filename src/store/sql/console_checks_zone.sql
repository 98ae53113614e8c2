-- console_checks_zone: console; $1 name of a time zone
-- The brand's own time zone from now on.
WITH done AS (SELECT trace.set_time_zone($1::text))
SELECT json_build_object('time_zone', $1::text)::text FROM done
