-- console_batches_lots: console; $1 GTIN
-- Lots of the product that codes may be asked for; at most 200.
SELECT l FROM code.lots_offered($1::bigint) AS l
