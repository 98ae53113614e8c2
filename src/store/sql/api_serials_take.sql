-- api_serials_take: console; $1 GTIN, $2 lot or NULL, $3 serials as an array's text, $4 ids of the keys likewise
-- Takes in serials made elsewhere; one row for each that brought nothing new.
SELECT t.place, t.outcome, t.lot
FROM code.foreign_request($1::bigint, $2::text, $3::text::text[], $4::text::smallint[]) AS t
ORDER BY t.place
