-- import_follow: jobs; $1 kind of record, $2 its number
-- GTINs whose public documents follow from it.
SELECT array_to_string(trace.record_touched($1, $2::bigint), ',')
