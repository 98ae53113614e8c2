-- migration_list: operator
SELECT number, name, encode(sha256, 'hex'), to_char(applied_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM base.migration
ORDER BY number
