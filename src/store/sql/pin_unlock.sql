-- pin_unlock: operator; $1 gtin, $2 serial
-- Five tries more for one code; 0: none was used up.
SELECT code.pin_unlock($1::bigint, $2::text)::integer::bigint
