-- import_check: operator, jobs; $1 record, $2 brand, $3 mapped fields
-- Gives the number of rows refused.
SELECT trace.import_check($1, $2, $3)
