-- import_refused: operator, jobs; $1 last row seen, $2 how many at most
SELECT r.at, r.line, r.part, r.field, r.value, r.code, r.reason
FROM trace.import_refused($1, $2) AS r
