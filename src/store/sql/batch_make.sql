-- batch_make: console, jobs, operator; $1 GTIN, $2 lot or NULL, $3 characters of a serial, $4 link stem
-- as printed, $5 quantity, $6 the most counters of the GTIN at this length
SELECT code.make_batch($1::bigint, $2::text, $3::integer, $4::text, $5::bigint, $6::bigint)
