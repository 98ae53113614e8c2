-- import_record: operator, jobs; $1 record, $2 brand, $3 name of the file
SELECT r.added, r.corrected, r.unchanged FROM trace.import_record($1, $2, $3) AS r
