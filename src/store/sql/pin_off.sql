-- pin_off: operator; $1 gtin
-- Customers are asked no more; 0: they were not.
SELECT code.pin_off($1::bigint)::integer::bigint
