-- import_touched: operator, jobs; $1 record, $2 brand
SELECT DISTINCT t FROM trace.import_touched($1, $2) AS t
