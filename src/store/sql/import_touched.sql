-- import_touched: operator, jobs; $1 record
SELECT t FROM trace.import_touched($1) AS t
