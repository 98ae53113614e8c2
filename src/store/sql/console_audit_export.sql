-- console_audit_export: console; $1 who, $2 action, $3 begin of the object, $4 $5 first and last day, each '' for all, $6 behind this number, $7 how many
-- Lines of an export of the log of changes: number, line.
SELECT x.number, x.line
FROM audit.exported($1::text, $2::text, $3::text, nullif($4::text, '')::date, nullif($5::text, '')::date, $6::bigint, $7::bigint::integer) AS x
