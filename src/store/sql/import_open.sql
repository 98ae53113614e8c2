-- import_open: operator, jobs; $1 record
-- Makes the temporary table the file is COPYed into; needs no transaction.
SELECT trace.import_open($1)
