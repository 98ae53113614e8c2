-- import_zone: operator, jobs; $1 name of a time zone
SELECT EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = $1)
