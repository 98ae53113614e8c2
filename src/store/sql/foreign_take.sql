-- foreign_take: jobs, operator; $1 list, $2 GTIN, $3 lot or NULL, $4 rows that are done, $5 rows at most
-- Takes in the next rows of the file; one row for each that brought nothing new.
SELECT t.line, t.serial, t.outcome, t.lot
FROM code.foreign_take_rows($1::uuid, $2::bigint, $3::text, $4::bigint, $5::bigint) AS t
