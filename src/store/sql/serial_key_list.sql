-- serial_key_list: console, jobs, operator
SELECT key_id, wrapped, current, to_char(made_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM code.serial_key
ORDER BY key_id
