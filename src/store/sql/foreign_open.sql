-- foreign_open: jobs, operator
-- Makes the temporary table the file is COPYed into; needs no transaction.
SELECT code.foreign_open()
