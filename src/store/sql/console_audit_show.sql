-- console_audit_show: console; $1 who, $2 action, $3 begin of the object, $4 $5 first and last day, each '' for all, $6 before this entry or 0
-- A page of the log of changes and the state of its chain, a document.
SELECT audit.shown($1::text, $2::text, $3::text, nullif($4::text, '')::date, nullif($5::text, '')::date, $6::bigint, 50)::text
