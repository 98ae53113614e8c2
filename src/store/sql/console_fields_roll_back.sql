-- console_fields_roll_back: console; $1 GTIN or 0, $2 number of the version
SELECT d::text, d ->> 'job', d ->> 'at_once' FROM trace.roll_back_fields($1::bigint, $2::text::integer) AS d
