-- foreign_end: console, jobs, operator; $1 list, $2 GTIN, $3 lot or NULL, $4 name of the file, $5 serials it brought
SELECT code.foreign_end($1::uuid, $2::bigint, $3::text, $4, $5::bigint)
