-- pin_on: operator; $1 gtin, $2 digits, $3 1 for the codes made before, too
-- Customers are asked for a PIN; how many digits, and the first counter that has one.
SELECT t.digits, t.first FROM code.pin_on($1::bigint, $2::bigint::smallint, $3::bigint = 1) AS t
