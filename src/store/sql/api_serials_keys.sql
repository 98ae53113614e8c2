-- api_serials_keys: console; $1 GTIN
-- The serial keys that serials made elsewhere are checked with, for who may have some of this GTIN.
SELECT k.key_id::bigint, k.wrapped
FROM code.line_may($1::bigint) AS may
LEFT JOIN code.serial_key AS k ON true
ORDER BY k.key_id
