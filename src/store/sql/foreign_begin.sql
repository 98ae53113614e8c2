-- foreign_begin: console, jobs, operator; $1 GTIN, $2 ids of the serial keys that were checked with
SELECT code.foreign_begin($1::bigint, $2::smallint[])
